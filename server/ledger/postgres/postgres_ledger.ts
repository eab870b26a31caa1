import { setTimeout as pause } from 'node:timers/promises';

import { oneLine, OperationError } from '../../../program/exit';
import {
  batchLine,
  batchTextLine,
  drawLine,
  drawStateLine,
  finishLine,
  standingLine,
  standingsLine,
} from '../audit_line';
import {
  AgencyTakenOver,
  APPEND_OUTCOMES,
  AppendOutcome,
  Draw,
  DRAW_STATES,
  DrawState,
  DrawTerms,
  Ledger,
  LedgerBatch,
  ledgerClosed,
  LedgerNews,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  NOTHING_FOUND,
  Standing,
} from '../ledger';
import { requireLocks, tryDrawLock } from './advisory_locks';
import { Connection, DatabaseSettings, explanationOf } from './connection';
import { scanForWinners } from './draw_scan';
import { GroupWriter } from './group_writer';
import { KnownProgress } from './known_progress';
import { prepareDatabase } from './migration';
import { NewsWatch } from './news_watch';
import { batchDigest, Operation, OperationAnswer } from './operations';
import { requireFunctions } from './run';
import { readFunctions } from './sql_files';
import { readDraw, readState } from './state';

/** Texts on their way to the database, beside two batches of the largest kind. */
const QUEUED_BYTES = 5 * 1024 * 1024;

/** How often is looked whether another server has held the draw, and how long at most. */
const DRAW_LOOK_MS = 100;
const MAX_DRAW_WAIT_MS = 30_000;

/** What the ledger needs from the program around it. */
export interface PostgresLedgerSettings extends DatabaseSettings {
  readonly terms: LotteryTerms;
  /** The longest text of a batch that will be appended. */
  readonly maxBatchBytes: number;
  /** How long calls wait at most while there is no connection to the database; 5 s if left out. */
  readonly maxOutageMs?: number | undefined;
  /** Called when the database has lost what it had committed: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed by it. */
  readonly onTrouble: (reason: string) => void;
}

/**
 * The ledger in PostgreSQL. Operations are put into groups and carried out by a function within the database
 * (functions.ts), a group at a time. One connection writes; the draw reads over a second one.
 *
 * Several servers may have the same ledger open: locks in the database put what concerns the same agency into one
 * order, which is that of the audit log. What others have recorded is told to the one that watches (news_watch.ts).
 */
export class PostgresLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly isShared = true;
  readonly #settings: PostgresLedgerSettings;
  readonly #writer: GroupWriter;
  readonly #progress: KnownProgress;
  #draw: Promise<Draw> | undefined;
  #drawConnection: Connection | undefined;
  #newsWatch: NewsWatch | undefined;
  #isOver = false;
  /** Rejected when the ledger is closed. */
  readonly #closed: Promise<never>;
  #confirmClosed: () => void = () => undefined;

  /**
   * Opens the ledger in a database, making its tables if need be.
   *
   * @throws ConfigurationError when the ledger is that of a lottery with other terms, or the URL is refused
   * @throws OperationError when it cannot be opened, or the database commits unsafely
   */
  static async open(settings: PostgresLedgerSettings): Promise<PostgresLedger> {
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(settings);
      await requireLocksBetween(connection, settings);
      const functions = readFunctions();
      await prepareDatabase(connection, settings.terms, functions);
      const state = await readState(connection);
      const progress = new KnownProgress();
      const writer = await GroupWriter.start(connection, {
        connect: () => connectAgain(settings, functions.digest, progress),
        functionsDigest: functions.digest,
        maxQueuedBytes: QUEUED_BYTES + 2 * settings.maxBatchBytes,
        maxOutageMs: settings.maxOutageMs,
        onBroken: settings.onBroken,
        onTrouble: settings.onTrouble,
      });
      return new PostgresLedger(settings, writer, state, progress);
    } catch (error) {
      connection?.destroy('the ledger was not opened');
      throw explanationOf(error);
    }
  }

  private constructor(
    settings: PostgresLedgerSettings,
    writer: GroupWriter,
    state: LedgerState,
    progress: KnownProgress,
  ) {
    this.#settings = settings;
    this.#writer = writer;
    this.#progress = progress;
    this.openedWith = state;
    this.#closed = new Promise((_, reject) => (this.#confirmClosed = () => reject(ledgerClosed())));
    this.#closed.catch(() => undefined);
    if (state.draw !== undefined) this.#draw = Promise.resolve(state.draw);
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  /** Whether operations are carried out now: not while there is no connection. */
  get isAvailable(): boolean {
    return this.#writer.isAvailable;
  }

  /** Is told of each commit: how many operations it carried out, and the time it took, the way there included. */
  set onCommit(listener: GroupWriter['onCommit']) {
    this.#writer.onCommit = listener;
  }

  async append(batch: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome> {
    const { agency, batchId, betCount, lastBetId } = batch;
    const lines = APPEND_OUTCOMES.map((outcome) => batchLine(agency, batchId, outcome, requestId));
    const text = Buffer.from(batch.text);
    // Here, while the group before is carried out, rather than when the group is sent.
    const digest = batchDigest(batch);
    const outcome = await this.#writer.put(
      { kind: 'append', agency, batchId, betCount, lastBetId, ask, text, digest, lines },
      // The function has one more: its agency is taken over.
      (answer) => APPEND_OUTCOMES[answer.outcome],
    );
    if (outcome === undefined) throw new AgencyTakenOver();
    return outcome;
  }

  finish(agency: number, requestId?: string): Promise<number> {
    const operation: Operation = { kind: 'finish', agency, lines: [finishLine(agency, requestId)] };
    return this.#writer.put(operation, (answer) => answer.takeNumber());
  }

  standing(agency: number, requestId?: string, ask?: number): Promise<Standing> {
    const operation: Operation = { kind: 'standing', agency, ask, lines: [standingLine(agency, requestId)] };
    return this.#writer.put(operation, takeStanding);
  }

  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    const { agencies } = this.#settings.terms;
    const agency = Math.min(after, agencies);
    const count = Math.max(0, Math.min(limit, agencies - agency));
    const operation: Operation = {
      kind: 'standings',
      agency,
      batchId: count,
      lines: [standingsLine(requestId)],
    };
    return this.#writer.put(operation, (answer) => Array.from({ length: count }, () => takeStanding(answer)));
  }

  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    const lines = [false, true].map((isFound) => batchTextLine(agency, batchId, isFound, requestId));
    return this.#writer.put({ kind: 'batch-text', agency, batchId, lines }, (answer) =>
      answer.outcome === 1 ? answer.takeText() : undefined,
    );
  }

  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    const lines = DRAW_STATES.map((state) =>
      state === 'due' ? '' : drawStateLine(winnersOf, state, requestId),
    );
    return this.#writer.put({ kind: 'draw-state', lines }, ({ outcome }) => DRAW_STATES[outcome]!);
  }

  note(line: string): Promise<void> {
    return this.#writer.put({ kind: 'note', lines: [line] }, () => undefined);
  }

  draw(terms: DrawTerms): Promise<Draw> {
    if (this.#isOver) return Promise.reject(ledgerClosed());
    this.#draw ??= this.#knownDraw(terms).catch((error: unknown) => {
      this.#draw = undefined;
      throw error instanceof LedgerUnavailable ? error : new LedgerUnavailable(oneLine(error));
    });
    return this.#draw;
  }

  watch(listener: (news: LedgerNews) => void): void {
    if (this.#isOver || this.openedWith.draw !== undefined) return;
    this.#newsWatch = new NewsWatch({
      connect: () => Connection.open(this.#settings),
      listener: (news) => {
        this.#progress.note(news);
        listener(news);
      },
      openedWith: this.openedWith,
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#newsWatch?.close();
    this.#drawConnection?.destroy('the ledger is closed');
    await this.#writer.close();
    this.#confirmClosed();
  }

  /**
   * Of all servers that know that the draw is due, one looks for the winners; the others wait until its result is
   * stored. When it dies, its connection ends, and another one does it. One that is alive and does not come to an end
   * is waited for so long: looking twice does no harm.
   *
   * @returns the result that is stored by then, or undefined when it is to be found here
   */
  async #untilDrawIsOurs(connection: Connection): Promise<Draw | undefined> {
    for (let waitedMs = 0; ; waitedMs += DRAW_LOOK_MS) {
      const isOurs = (await tryDrawLock(connection)) || waitedMs >= MAX_DRAW_WAIT_MS;
      const stored = await readDraw(connection);
      if (stored !== undefined || isOurs) return stored;
      await pause(DRAW_LOOK_MS);
    }
  }

  async #knownDraw(terms: DrawTerms): Promise<Draw> {
    const draw = await Promise.race([this.#runDraw(terms), this.#closed]);
    this.#progress.note({ newlyFinished: [], draw });
    return draw;
  }

  /** The sale is closed first, so that what the draw reads is what will ever be stored. */
  async #runDraw(terms: DrawTerms): Promise<Draw> {
    await this.#writer.put({ kind: 'close-sale', lines: [drawLine(), ''] }, () => undefined);
    const connection = await Connection.open(this.#settings);
    try {
      if (this.#isOver) throw ledgerClosed();
      this.#drawConnection = connection;
      const stored = await this.#untilDrawIsOurs(connection);
      if (stored !== undefined) return stored;
      const { winnerNumber } = this.#settings.terms;
      const found = terms.isCalledOff ? NOTHING_FOUND : await scanForWinners(connection, winnerNumber);
      await this.#writer.put(
        { kind: 'store-draw', draw: { ...found, ...terms }, lines: [''] },
        () => undefined,
      );
      // Another server may have stored the one that counts.
      const counted = await readDraw(connection);
      if (counted === undefined) throw new OperationError('the draw that was stored is not there');
      return counted;
    } finally {
      this.#drawConnection = undefined;
      await connection.end();
    }
  }
}

/** @throws LedgerLost when the database lacks what it had committed, or has the functions of another build */
async function connectAgain(
  settings: DatabaseSettings,
  functionsDigest: string,
  progress: KnownProgress,
): Promise<Connection> {
  const connection = await Connection.open(settings);
  try {
    await requireFunctions(connection, functionsDigest);
    await progress.require(connection);
    return connection;
  } catch (error) {
    connection.destroy('it is not the database that it was');
    throw error;
  }
}

async function requireLocksBetween(connection: Connection, settings: DatabaseSettings): Promise<void> {
  const other = await Connection.open(settings);
  try {
    await requireLocks(connection, other);
  } finally {
    await other.end();
  }
}

function takeStanding(answer: OperationAnswer): Standing {
  return {
    lastBatchId: answer.takeNumber(),
    lastBetId: answer.takeNumber(),
    batches: answer.takeNumber(),
    bets: answer.takeNumber(),
    isFinished: answer.takeNumber() === 1,
  };
}
