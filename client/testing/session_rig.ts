import { encodeAck } from '../../protocol/ack';
import { encodeHas } from '../../protocol/has';
import { Session } from '../session';
import type { SessionReceipts } from '../session_receipts';
import type { SessionSettings } from '../session_settings';
import { FakeClock } from '../../program/testing/fake_clock';
import { encodeCrc } from '../../protocol/crc';
import { betRows, checkUpTo, MemoryBatches, MemoryFile } from './memory_batches';
import { RecordedLog } from '../../program/testing/recorded_log';
import { ScriptedConnection, ScriptedServer } from './scripted_server';

/** What became of a session. */
export type Outcome =
  { readonly documents: readonly string[] } | { readonly error: Error } | { readonly isOpen: true };

/** What a test may choose. */
export interface RigOptions extends Partial<SessionSettings> {
  readonly rows?: number;
  readonly maxAmount?: number;
  readonly leftOut?: MemoryFile['leftOut'];
  readonly openReceipts?: (rig: SessionRig) => SessionReceipts;
}

/** A session of agency 1 that runs, against a server that a test plays, at a time that a test moves. */
export class SessionRig {
  readonly clock = new FakeClock();
  readonly server = new ScriptedServer();
  readonly log = new RecordedLog();
  readonly source: MemoryBatches;
  readonly session: Session;
  /** What the session has told about the bets that are stored, each time. */
  readonly stored: number[] = [];
  #outcome: Outcome = { isOpen: true };

  constructor({ rows = 10, maxAmount = 2, leftOut, openReceipts, ...settings }: RigOptions = {}) {
    const file = { agency: 1, rows, ...(leftOut !== undefined && { leftOut }) };
    this.server.answerCheck = ({ upToBatchId }, lastBatchId, lastBetId) => {
      const betId = upToBatchId === 0 ? (betRows(file).at(-1) ?? 0) : lastBetId;
      return encodeCrc(upToBatchId === 0 ? lastBatchId : upToBatchId, betId, checkUpTo(file, betId));
    };
    this.source = new MemoryBatches(file, maxAmount, this.clock);
    this.session = new Session(
      {
        agency: 1,
        window: 3,
        oneMessagePerConnection: false,
        sendsFin: true,
        giveUpAfterMs: 600_000,
        ...settings,
      },
      {
        source: this.source,
        connect: this.server.connect,
        clock: this.clock,
        log: this.log,
        random: () => 0.5,
        receipts: openReceipts?.(this),
        onStored: (bets) => this.stored.push(bets),
      },
    );
    this.session.run().then(
      (documents) => (this.#outcome = { documents }),
      (error: unknown) => (this.#outcome = { error: error as Error }),
    );
  }

  /** The newest connection. */
  get last(): ScriptedConnection {
    return this.server.last;
  }

  /** What became of the session, once promises that are settled have told it. */
  async outcome(): Promise<Outcome> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#outcome;
  }

  /** Lets the file be read. */
  readFile(): void {
    this.clock.advance(0);
    this.last.answerChecks();
  }

  /** Connects and answers the ASK; the file is read. */
  connectAndAsk(lastBatchId = 0, lastBetId = 0, bets = lastBetId): ScriptedConnection {
    this.last.accept().reply(encodeHas(lastBatchId, lastBetId, bets));
    this.readFile();
    return this.last;
  }

  /** Acknowledges batches on the newest connection, one read for all. */
  ack(...batchIds: number[]): void {
    this.last.reply(...batchIds.map((batchId) => encodeAck(1, batchId)));
    this.readFile();
  }

  /** Waits until the session tries again after its pause, and answers the newest connection's number. */
  reconnect(): ScriptedConnection {
    const before = this.server.connections.length;
    while (this.server.connections.length === before) {
      if (!this.clock.runNext()) throw new Error('the session does not try again');
    }
    return this.last;
  }
}

/** Takes a session to its wait for the draw. */
export function waitingRig(): SessionRig {
  const rig = new SessionRig();
  rig.connectAndAsk();
  rig.ack(1);
  rig.ack(2, 3, 4);
  rig.ack(5);
  expect(rig.last.types.at(-1)).toBe('FIN');
  return rig;
}
