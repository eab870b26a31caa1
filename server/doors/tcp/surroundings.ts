import { ProtocolError } from '../../../protocol/error_codes';
import { RequestDecoder } from '../../../protocol/request_decoder';
import { SpareMemory } from '../../../protocol/spare_memory';
import { encodeWin } from '../../../protocol/win';
import { Clock } from '../../../program/clock';
import { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { Lottery } from '../../lottery/lottery';
import { MAX_COMING_WINS, MAX_PARTIAL_BYTES } from './limits';

/** The settings of the door. */
export interface DoorSettings {
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on; `undefined` for all. */
  readonly address: string | undefined;
  /** Connections that the kernel keeps for us until they are accepted. */
  readonly backlog: number;
  readonly maxConnections: number;
  readonly maxPayloadBytes: number;
  /** How long a connection may stay without a whole message when it is the peer's turn. */
  readonly idleTimeoutMs: number;
}

/** A sum with a bound. */
export class BoundedSum {
  #sum = 0;

  constructor(readonly maximum: number) {}

  add(amount: number): void {
    this.#sum += amount;
  }

  isOver(): boolean {
    return this.#sum > this.maximum;
  }
}

/** What all connections of the door share. */
export class DoorSurroundings {
  /** Memory for messages of which only a part has come. */
  readonly partialBytes: BoundedSum;
  /** Connections that stopped reading because too much is on its way to the storage. */
  readonly waitingForRoom = new Set<{ roomMade(): void }>();
  /** Connections that wait for a WIN. */
  readonly waitingForDraw = new Set<{ readonly waitingWins: number; drawHappened(): Promise<void> }>();
  readonly #spare = new SpareMemory();
  readonly #limiter: LogLimiter;
  readonly #wins = new Map<number, Buffer>();
  #asks = 0;

  constructor(
    readonly lottery: Lottery,
    readonly settings: DoorSettings,
    readonly clock: Clock,
    readonly log: Log,
  ) {
    this.#limiter = new LogLimiter(() => clock.nowMs());
    // One message of the longest kind must always be possible.
    this.partialBytes = new BoundedSum(Math.max(MAX_PARTIAL_BYTES, 2 * settings.maxPayloadBytes));
    void lottery.drawn.then(() => this.#bringWins());
  }

  /** A decoder for one connection. A message's bytes are for use until the next one is read. */
  newDecoder(): RequestDecoder {
    return new RequestDecoder(this.settings.maxPayloadBytes, this.#spare);
  }

  /** Numbers an ASK: a later one has the higher number (R22). */
  nextAsk(): number {
    return ++this.#asks;
  }

  /**
   * The WIN of an agency, made once: many connections may ask for it.
   *
   * @throws RangeError when the documents are longer than a WIN can say
   */
  winOf(agency: number, documents: string): Buffer {
    let win = this.#wins.get(agency);
    if (win === undefined) {
      win = encodeWin(documents);
      this.#wins.set(agency, win);
    }
    return win;
  }

  /** Lets those go on who waited for room, if there is some. */
  shareRoom(): void {
    if (this.waitingForRoom.size === 0 || !this.lottery.hasRoom) return;
    const waiting = [...this.waitingForRoom];
    this.waitingForRoom.clear();
    for (const connection of waiting) connection.roomMade();
  }

  /** Each WIN passes through the ledger, for the audit log: so many at once as have room there. */
  async #bringWins(): Promise<void> {
    let coming: Promise<void>[] = [];
    let wins = 0;
    for (const connection of [...this.waitingForDraw]) {
      wins += connection.waitingWins;
      coming.push(connection.drawHappened());
      if (wins < MAX_COMING_WINS) continue;
      await Promise.all(coming);
      coming = [];
      wins = 0;
    }
  }

  /** Logs an ECHO, at most one a second. */
  reportEcho(bytes: number): void {
    const keptBack = this.#limiter.admit('echo');
    if (keptBack === undefined) return;
    this.log.info('receive_message', 'success', { bytes, ...(keptBack > 0 && { more: keptBack }) });
  }

  /** Logs a refusal, each code at most once a second. */
  reportRefusal({ code, message, batchId }: ProtocolError): void {
    this.lottery.telemetry.refused('tcp', code);
    const keptBack = this.#limiter.admit(code);
    if (keptBack === undefined) return;
    const more = keptBack > 0 ? { more: keptBack } : {};
    this.log.warning('refuse_message', 'fail', { code, batch: batchId, reason: message, ...more });
  }
}
