import { BetMessage } from '../../../protocol/bet';
import { agencyOfPayload, checkBatch } from '../../../protocol/checked_batch';
import { encodeAck } from '../../../protocol/ack';
import { encodeErr } from '../../../protocol/err';
import { ERROR_CODES, ProtocolError } from '../../../protocol/error_codes';
import { encodeHas } from '../../../protocol/has';
import { Request, RequestDecoder } from '../../../protocol/request_decoder';
import { AskMessage } from '../../../protocol/ask';
import { EchoMessage } from '../../../protocol/echo';
import { FinMessage } from '../../../protocol/fin';
import { batchUri, NO_AGENCY, NO_REQUEST_ID, STATUS_OF_ERROR } from '../../ledger/audit_line';
import {
  LINGER_BYTES,
  LINGER_MS,
  MAX_UNANSWERED_MESSAGES,
  MAX_UNSENT_BYTES,
  MAX_WAITING_WINS,
  SLICE_BYTES,
} from './limits';
import { DoorSurroundings } from './surroundings';

/** The socket as the connection sees it. */
export interface Wire {
  /** Bytes written that the peer's side has not taken yet. */
  readonly unsentBytes: number;
  write(bytes: Buffer): void;
  /** Stops and resumes the delivery of bytes. */
  pause(): void;
  resume(): void;
  /** Closes the sending side once all is written. */
  end(): void;
  /** Drops the connection at once. */
  destroy(): void;
}

/** A reply that is due; its bytes are missing while the answer is being found. */
interface DueReply {
  bytes: Buffer | undefined;
  closes: boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * One agency's connection: bytes in, replies out, in the order of the messages (PROTOCOL.md, R9, R14, R22 to R25).
 *
 * It knows no socket and no clock of its own: the door feeds it and calls `tick` from time to time.
 */
export class AgencyConnection {
  readonly #wire: Wire;
  readonly #door: DoorSurroundings;
  #decoder: RequestDecoder;
  /** Replies in the order of the messages; the first ones go out as they become ready. */
  #due: DueReply[] = [];
  /** For each agency whose WIN this connection waits for, how many it is owed. */
  readonly #waitingWins = new Map<number, number>();
  /** WINs that are on their way: the draw has run. */
  #comingWins = 0;
  /** For each agency that this connection has asked for, the number of the last ASK. */
  readonly #asks = new Map<number, number>();
  /** Replies that the wire was not given yet. */
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #partialBytes = 0;
  #isPaused = false;
  #peerHasEnded = false;
  /** No further message is read: after a refusal that closes, or when the server stops. */
  #isHalted = false;
  /** Nothing is sent any more but what stands in `#outgoing`. */
  #hasEnded = false;
  #hasEndedWire = false;
  #isClosed = false;
  /** When the peer last did what was its turn: sent a message, or took some of the replies. */
  #lastProgressMs: number;
  #unsentAtLastTick = 0;
  #lingeringBytes = 0;

  constructor(wire: Wire, door: DoorSurroundings) {
    this.#wire = wire;
    this.#door = door;
    this.#decoder = door.newDecoder();
    this.#lastProgressMs = door.clock.nowMs();
  }

  /** Bytes have come. The wire delivers none while it is paused. */
  receive(chunk: Buffer): void {
    if (this.#isHalted) {
      this.#lingeringBytes += chunk.length;
      if (this.#lingeringBytes > LINGER_BYTES) this.#wire.destroy();
      return;
    }
    if (!this.#decoder.isInMessage) this.#lastProgressMs = this.#door.clock.nowMs();
    this.#decoder.push(chunk);
    this.#readMessages();
  }

  /** The peer sends nothing more; what it is owed is still sent to it (R23). */
  receiveEnd(): void {
    this.#peerHasEnded = true;
    this.#endIfDone();
  }

  /** The peer has taken bytes that waited for it. */
  drained(): void {
    this.#lastProgressMs = this.#door.clock.nowMs();
    this.#flush();
    this.#readMessages();
  }

  /** The connection is gone. Answers that are still being found for it are dropped. */
  closed(): void {
    this.#isClosed = true;
    this.#halt();
    this.#owesNothing();
  }

  /** The server has room again: goes on reading where it had to stop. */
  roomMade(): void {
    this.#readMessages();
  }

  /** Looks after the timeouts (R25). */
  tick(): void {
    const nowMs = this.#door.clock.nowMs();
    const unsentBytes = this.#unsentBytes;
    const hasTakenSome = unsentBytes < this.#unsentAtLastTick;
    this.#unsentAtLastTick = unsentBytes;
    if (hasTakenSome || (unsentBytes === 0 && !this.#hasEnded && !this.#isPeersTurn))
      this.#lastProgressMs = nowMs;
    const silentForMs = nowMs - this.#lastProgressMs;
    const allowedMs = this.#hasEnded && unsentBytes === 0 ? LINGER_MS : this.#door.settings.idleTimeoutMs;
    if (silentForMs < allowedMs) return;
    if (this.#hasEnded || unsentBytes > 0) this.#wire.destroy();
    else this.#end();
  }

  /** Whether nothing more will be written. */
  get hasEnded(): boolean {
    return this.#hasEndedWire;
  }

  /** The server stops: what is being answered is still answered, then the connection ends. */
  shutDown(): void {
    this.#halt();
    this.#stopWaiting();
    this.#endIfDone();
  }

  /** How many WINs wait for the draw. */
  get waitingWins(): number {
    let wins = 0;
    for (const owed of this.#waitingWins.values()) wins += owed;
    return wins;
  }

  /** The draw has run: those whose WIN this connection waits for get it. Resolves when all have left. */
  async drawHappened(): Promise<void> {
    const wins = [...this.#waitingWins].flatMap(([agency, owed]) => Array<number>(owed).fill(agency));
    this.#stopWaiting();
    await Promise.all(wins.map((agency) => this.#bringWin(agency)));
  }

  /** Nothing is owed but messages that are still to come. */
  get #isPeersTurn(): boolean {
    if (this.#isPaused || this.#due.length > 0) return false;
    return (this.#waitingWins.size === 0 && this.#comingWins === 0) || this.#decoder.isInMessage;
  }

  #readMessages(): void {
    while (!this.#isHalted) {
      if (!this.#hasRoom()) return this.#pause();
      try {
        const request = this.#decoder.next();
        if (request === undefined) break;
        this.#lastProgressMs = this.#door.clock.nowMs();
        this.#answer(request);
      } catch (error) {
        this.#refuseMessage(error);
      }
    }
    this.#countPartialBytes();
    this.#resume();
    this.#endIfDone();
  }

  #hasRoom(): boolean {
    if (this.#due.length >= MAX_UNANSWERED_MESSAGES || this.#unsentBytes > MAX_UNSENT_BYTES) return false;
    if (this.#door.lottery.hasRoom) return true;
    this.#door.waitingForRoom.add(this);
    return false;
  }

  #answer(request: Request): void {
    switch (request.type) {
      case 'BET':
        return this.#placeBatch(request);
      case 'FIN':
        return this.#finish(request);
      case 'ASK':
        return this.#tellStanding(request);
      case 'ECHO':
        return this.#echo(request);
    }
  }

  #placeBatch(message: BetMessage): void {
    const reply = this.#expect();
    try {
      const batch = checkBatch(message);
      this.#door.lottery.place(batch, undefined, this.#asks.get(batch.agency)).then(
        () => this.#fulfil(reply, encodeAck(batch.agency, batch.batchId)),
        (error: unknown) => this.#refuse(reply, error),
      );
    } catch (error) {
      this.#refuseBatch(reply, error, agencyOfPayload(message.payload));
    }
  }

  /** Of a message that cannot be read, one kind says at least that it is a batch. */
  #refuseMessage(error: unknown): void {
    const reply = this.#expect();
    const isTooLarge = error instanceof ProtocolError && error.code === 'too-large';
    if (!isTooLarge) return this.#refuse(reply, error);
    this.#halt();
    this.#refuseBatch(reply, error, undefined);
  }

  /** Refuses a batch that the lottery was not asked to take: the audit log knows of it before its sender does (R26). */
  #refuseBatch(reply: DueReply, error: unknown, agency: number | undefined): void {
    if (!(error instanceof ProtocolError) || error.code === 'unavailable') return this.#refuse(reply, error);
    const { code, batchId } = error;
    const uri = batchUri(agency ?? NO_AGENCY, batchId);
    this.#door.lottery.note('PUT', uri, STATUS_OF_ERROR[code], NO_REQUEST_ID, batchId).then(
      () => this.#refuse(reply, error),
      (unavailable: unknown) => this.#refuse(reply, unavailable),
    );
  }

  /** The FIN's place in the order is kept until it is stored; its WIN comes when it comes (R14). */
  #finish({ agency }: FinMessage): void {
    const reply = this.#expect();
    this.#door.lottery.finish(agency).then(
      () => {
        this.#waitForWin(agency);
        this.#fulfil(reply, NOTHING);
      },
      (error: unknown) => this.#refuse(reply, error),
    );
  }

  #waitForWin(agency: number): void {
    const owed = this.#waitingWins.get(agency) ?? 0;
    if (this.#isHalted || owed >= MAX_WAITING_WINS) return;
    this.#waitingWins.set(agency, owed + 1);
    this.#door.waitingForDraw.add(this);
    if (this.#door.lottery.hasDrawn) void this.drawHappened();
  }

  async #bringWin(agency: number): Promise<void> {
    this.#comingWins++;
    try {
      this.#sendWin(agency, await this.#door.lottery.winners(agency));
    } catch (error) {
      this.#refuse(this.#expect(), error);
    } finally {
      this.#comingWins--;
      this.#endIfDone();
    }
  }

  #sendWin(agency: number, documents: string): void {
    if (this.#hasEnded || this.#isClosed) return;
    try {
      this.#send(this.#door.winOf(agency, documents));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new ProtocolError('unavailable', 'more winners than a WIN can hold');
    }
  }

  #tellStanding({ agency }: AskMessage): void {
    const reply = this.#expect();
    const ask = this.#door.nextAsk();
    this.#asks.set(agency, ask);
    this.#door.lottery.standing(agency, undefined, ask).then(
      ({ lastBatchId, lastBetId, bets }) => this.#fulfil(reply, encodeHas(lastBatchId, lastBetId, bets)),
      (error: unknown) => {
        // An agency that does not exist is not kept in mind.
        this.#asks.delete(agency);
        this.#refuse(reply, error);
      },
    );
  }

  #echo({ line }: EchoMessage): void {
    this.#door.reportEcho(line.length);
    // The decoder uses the line's memory again.
    this.#fulfil(this.#expect(), Buffer.from(line));
  }

  #expect(): DueReply {
    const reply: DueReply = { bytes: undefined, closes: false };
    this.#due.push(reply);
    return reply;
  }

  #refuse(reply: DueReply, error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#door.reportRefusal(error);
    reply.closes = ERROR_CODES[error.code].closesConnection;
    if (reply.closes) this.#halt();
    this.#fulfil(reply, encodeErr(error.batchId, error.code, error.message));
  }

  #fulfil(reply: DueReply, bytes: Buffer): void {
    reply.bytes = bytes;
    if (this.#hasEnded || this.#isClosed || this.#due[0] !== reply) return;
    for (let next = this.#due.at(0); next?.bytes !== undefined; next = this.#due.at(0)) {
      this.#due.shift();
      if (next.bytes.length > 0) this.#send(next.bytes);
      if (next.closes) return this.#end();
    }
    this.#goOn();
  }

  /** Goes on reading once what is ready in this turn of the event loop is sent. */
  #goOn(): void {
    if (this.#isPaused || this.#isHalted || this.#peerHasEnded) this.#schedule();
  }

  /** Replies that become ready together leave in one write. */
  #send(bytes: Buffer): void {
    this.#outgoing.push(bytes);
    this.#outgoingBytes += bytes.length;
    this.#schedule();
  }

  #isScheduled = false;
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => {
      this.#isScheduled = false;
      if (this.#isClosed) return;
      this.#flush();
      if (this.#isPaused) this.#readMessages();
      this.#endIfDone();
    });
  }

  /**
   * Gives the wire what is ready, in slices: a large reply leaves as the peer takes it, so that one who takes it
   * slowly can be told from one who takes nothing.
   */
  #flush(): void {
    if (this.#isClosed) return;
    if (this.#outgoing.length > 1 && this.#outgoingBytes <= SLICE_BYTES)
      this.#outgoing = [Buffer.concat(this.#outgoing)];
    for (let bytes = this.#outgoing[0]; bytes !== undefined; bytes = this.#outgoing[0]) {
      const unsentBytes = this.#wire.unsentBytes;
      if (unsentBytes >= SLICE_BYTES) return;
      if (unsentBytes === 0) this.#lastProgressMs = this.#door.clock.nowMs();
      if (bytes.length <= SLICE_BYTES) this.#outgoing.shift();
      else this.#outgoing[0] = bytes.subarray(SLICE_BYTES);
      const slice = bytes.subarray(0, SLICE_BYTES);
      this.#outgoingBytes -= slice.length;
      this.#wire.write(slice);
    }
    if (!this.#hasEnded || this.#hasEndedWire) return;
    this.#hasEndedWire = true;
    this.#wire.end();
  }

  /** Replies that the peer has not taken. */
  get #unsentBytes(): number {
    return this.#wire.unsentBytes + this.#outgoingBytes;
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#wire.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#wire.resume();
  }

  #countPartialBytes(): void {
    if (this.#isHalted) return;
    const before = this.#partialBytes;
    this.#partialBytes = this.#decoder.heldCapacityBytes;
    this.#door.partialBytes.add(this.#partialBytes - before);
    // Whoever takes more when there is too much is refused; the others are not.
    if (this.#partialBytes <= before || !this.#door.partialBytes.isOver()) return;
    this.#refuse(
      this.#expect(),
      new ProtocolError('unavailable', 'too many unfinished messages: try again later'),
    );
  }

  /** Nothing more will be read and nothing is owed: the connection is over. */
  #endIfDone(): void {
    const isReadingOver = this.#isHalted || (this.#peerHasEnded && !this.#isPaused);
    if (!isReadingOver || this.#due.length > 0) return;
    if (this.#waitingWins.size === 0 && this.#comingWins === 0) this.#end();
  }

  #end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#halt();
    this.#owesNothing();
    this.#hasEnded = true;
    this.#lastProgressMs = this.#door.clock.nowMs();
    this.#flush();
    this.#resume();
  }

  /** Reads no further message, and gives back the memory of one that has only begun. */
  #halt(): void {
    this.#isHalted = true;
    this.#door.partialBytes.add(-this.#partialBytes);
    this.#partialBytes = 0;
    this.#decoder = this.#door.newDecoder();
    this.#door.waitingForRoom.delete(this);
  }

  #owesNothing(): void {
    this.#due = [];
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    this.#waitingWins.clear();
    this.#door.waitingForDraw.delete(this);
  }
}
