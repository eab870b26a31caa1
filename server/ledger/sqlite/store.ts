import { statSync } from 'node:fs';
import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { DeadlineAction, Draw, drawnState, DrawState, drawTerms, DrawTerms } from '../draw';
import { LedgerDamaged, LedgerState, LotteryTerms } from '../ledger';
import type {
  BatchCheck,
  CloseSaleAnswer,
  FinishAnswer,
  LedgerBatch,
  PlaceAnswer,
  Standing,
} from '../operation';
import { otherLottery } from '../other_lottery';
import { BatchTable } from './batch_table';
import { isEmpty, requireAllPages, requireLedger, requireSchema } from './file_checks';
import { isBusy, LedgerLocked, LOCK_TRY_MS } from './file_lock';
import { makeLedgerFolder, makeWritable, syncFolders } from './folders';
import { countCommittedFrames } from './log_durability';
import { migrate } from './migration';
import { NotesTable } from './notes_table';
import { ReadBudget } from './read_budget';
import {
  APPLICATION_ID,
  CACHE_KIBIBYTES,
  MAX_IDLE_LOG_BYTES,
  OLDEST_VERSION,
  PAGE_BYTES,
  SCHEMA,
  SCHEMA_VERSION,
} from './schema';
import { SmallTables } from './small_tables';
import { Standings } from './standings';

/** The ledger's file in its folder. */
export const LEDGER_FILE = 'lottery.db';
/** What an agency's standing counts as when it is read. */
const STANDING_BYTES = 100;
/** What the check value of a batch counts as. */
const CHECK_BYTES = 64;

/**
 * The ledger's database, open for writing, in one thread. All writing stands between `begin` and `commit`; after
 * an error in between nothing of it is stored, the memory kept beside the tables is no longer true, and the store
 * must be closed and opened again.
 */
export class Store {
  /** What a commit may read. Each `begin` renews it. */
  readonly budget = new ReadBudget();
  /** The notes. They are written within a segment, whose lines tell of it: see {@link openSegment}. */
  readonly notes: NotesTable;
  readonly #database: Database;
  readonly #batches: BatchTable;
  readonly #standings: Standings;
  readonly #finished: Set<number>;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #checkpoint: Statement<[], { log: number; checkpointed: number }>;
  readonly #small: SmallTables;
  readonly #terms: LotteryTerms;
  #firstFinishedAtMs: number | undefined;
  #closedWith: DrawTerms | undefined;
  #draw: Draw | undefined;

  /**
   * Opens the ledger in a folder, creating both if need be.
   *
   * @param mayCreate false where a ledger was made before: to begin a new one in its place would hide its loss
   * @param wallTimeMs the clock of the storage, in milliseconds since 1970
   * @throws ConfigurationError when the ledger is that of a lottery with other terms
   * @throws LedgerLocked when another program holds a write lock on it
   * @throws OperationError when it cannot be opened, is damaged, or is no ledger of this version
   */
  static open(folder: string, terms: LotteryTerms, mayCreate = true, wallTimeMs = Date.now): Store {
    const file = join(folder, LEDGER_FILE);
    let database: Database | undefined;
    try {
      const firstCreated = makeLedgerFolder(folder);
      // Before SQLite sees it: with no database, it would remove the log that may hold what was in it.
      if (!mayCreate && isMissing(file)) throw gone(file);
      makeWritable(file);
      database = new SqliteDatabase(file, { timeout: LOCK_TRY_MS });
      prepareDatabase(database, file, terms, mayCreate);
      requireAllPages(database, file);
      syncFolders(folder, firstCreated);
      return new Store(database, terms, wallTimeMs);
    } catch (error) {
      database?.close();
      if (error instanceof ConfigurationError || error instanceof OperationError) throw error;
      if (isBusy(error)) throw new LedgerLocked(file);
      throw new OperationError(`${file}: ${oneLine(error)}`);
    }
  }

  private constructor(database: Database, terms: LotteryTerms, wallTimeMs: () => number) {
    this.#database = database;
    this.#terms = terms;
    this.#batches = new BatchTable(database, this.budget);
    this.notes = new NotesTable(database, this.budget);
    this.#standings = new Standings(database);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#small = new SmallTables(database, wallTimeMs);
    const { agencies, firstAtMs } = this.#small.readFinished();
    this.#finished = agencies;
    this.#firstFinishedAtMs = firstAtMs;
    this.#closedWith = this.#small.readLottery().closedWith;
    this.#draw = this.#small.readDraw();
    this.#requireDrawnBets();
  }

  /** What the ledger holds. */
  get state(): LedgerState {
    return {
      finishedAgencies: new Set(this.#finished),
      firstFinishedAtMs: this.#firstFinishedAtMs,
      closedWith: this.#closedWith,
      draw: this.#draw,
      drawnAtMs: this.#small.readDrawnAtMs(),
      ...this.#standings.totals,
      sums: this.#standings.sums,
    };
  }

  /** Once there was a draw nothing is added: its bets are those that are here. */
  #requireDrawnBets(): void {
    const draw = this.#draw;
    if (draw === undefined || draw.isCalledOff || draw.bets === this.#standings.totals.bets) return;
    throw new LedgerDamaged('not as many bets as were in the draw');
  }

  /**
   * Begins a commit.
   *
   * @throws LedgerLocked when another program holds a write lock on the file
   */
  begin(): void {
    try {
      this.#begin.run();
    } catch (error) {
      throw isBusy(error) ? new LedgerLocked(this.#database.name) : error;
    }
    this.budget.renew();
  }

  /** When it returns, all that was written since `begin` is on durable storage. */
  commit(): void {
    this.#commit.run();
  }

  /**
   * Moves what was committed from the write-ahead log into the database, as far as no reader needs it there.
   *
   * @returns how much could not be moved, in bytes: what a reader's transaction holds in the log
   * @throws when it cannot be written: it stays in the log
   */
  moveLog(): number {
    const { log, checkpointed } = this.#checkpoint.get()!;
    return Math.max(0, log - checkpointed) * PAGE_BYTES;
  }

  /** Begins to append batches whose joined texts are given. */
  beginSegment(text: Uint8Array): void {
    this.#batches.begin(text);
  }

  /** The sequence number of the segment that `beginSegment` has begun. */
  get openSegment(): number {
    return this.#batches.openSegment;
  }

  /**
   * Stores a batch whose text lies from `start` to `end` of what `beginSegment` was given.
   *
   * @throws ReadPostponed when it must be compared with a stored one, and the commit has read enough
   */
  place(batch: Omit<LedgerBatch, 'text'>, start: number, end: number): PlaceAnswer {
    const { agency, batchId } = batch;
    const isOpen = this.#closedWith === undefined && !this.#finished.has(agency);
    const stored = isOpen ? this.#batches.insert(batch, start, end) : undefined;
    if (stored !== undefined) {
      this.#standings.add(agency, batchId, batch.betCount, batch.lastBetId);
      return { outcome: 'stored', place: stored };
    }
    const place = this.#batches.find(agency, batchId);
    if (place === undefined) return { outcome: 'closed' };
    if (!this.#batches.hasText(place, start, end)) return { outcome: 'conflict' };
    return { outcome: 'already-stored', place: { sequence: place.segment, position: place.byte_offset } };
  }

  /** Ends what `beginSegment` began. @param lines those of the audit log, each with its line feed */
  endSegment(lines: string): void {
    this.#batches.end(lines);
  }

  /** Records that an agency has finished. */
  finish(agency: number): FinishAnswer {
    if (!this.#finished.has(agency)) {
      const finishedAtMs = this.#small.addFinished(agency, this.#batches.lastSegment);
      this.#finished.add(agency);
      this.#firstFinishedAtMs ??= finishedAtMs;
    }
    return { finished: this.#finished.size, firstFinishedAtMs: this.#firstFinishedAtMs ?? 0 };
  }

  standing(agency: number): Standing {
    return this.#standings.of(agency, this.#finished.has(agency));
  }

  /**
   * Those of the agencies `after` + 1 to `after` + `limit`, as far as there are so many.
   *
   * @throws ReadPostponed when the commit has read enough
   */
  standings(after: number, limit: number): Standing[] {
    const length = Math.max(0, Math.min(limit, this.#terms.agencies - after));
    this.budget.spend(length * STANDING_BYTES);
    return Array.from({ length }, (_, index) => this.standing(after + index + 1));
  }

  /** A copy of the text of a batch; `undefined` where none has this id. @throws ReadPostponed as `place` */
  batchText(agency: number, batchId: number): Buffer | undefined {
    const text = this.#batches.copyText(agency, batchId);
    return text && Buffer.from(text.buffer);
  }

  /** The check values of the batches `after` + 1 to `after` + `limit`, up to one that is not stored. */
  batchChecks(agency: number, after: number, limit: number): BatchCheck[] {
    this.budget.spend(limit * CHECK_BYTES);
    return this.#batches.checksAfter(agency, after, limit);
  }

  /** How far the draw is. */
  get drawState(): DrawState {
    if (this.#draw !== undefined) return drawnState(this.#draw);
    const isDue = this.#closedWith !== undefined || this.#finished.size >= this.#terms.agencies;
    return isDue ? 'due' : 'awaited';
  }

  /** Closes the sale, if it is time: from here on no new batch is stored. */
  closeSale(whenMissing: DeadlineAction | undefined): CloseSaleAnswer {
    if (this.#closedWith !== undefined) return { outcome: 'already-closed', terms: this.#closedWith };
    const missing = this.#missing();
    if (missing.length > 0 && whenMissing === undefined) return { outcome: 'not-due', dueInMs: undefined };
    const terms = drawTerms(missing, whenMissing ?? 'draw');
    this.#small.closeSale(terms);
    this.#closedWith = terms;
    return { outcome: 'closed', terms };
  }

  /** Stores the result of the draw, unless there is one. @returns the one that is stored */
  recordDraw(draw: Draw): Draw {
    if (this.#draw !== undefined) return this.#draw;
    this.#small.addDraw(draw);
    this.#draw = draw;
    return draw;
  }

  /** The agencies that have not finished. */
  #missing(): number[] {
    if (this.#finished.size >= this.#terms.agencies) return [];
    const ids = Array.from({ length: this.#terms.agencies }, (_, index) => index + 1);
    return ids.filter((agency) => !this.#finished.has(agency));
  }

  /**
   * Closes the file after a failed commit.
   *
   * @returns how many frames of its log belong to commits that have succeeded
   * @throws OperationError when that cannot be told
   */
  abandon(): number {
    try {
      return countCommittedFrames(`${this.#database.name}-shm`);
    } finally {
      closeQuietly(this.#database);
    }
  }

  /** Closes the file, its write-ahead log moved into it where that is possible. */
  close(): void {
    this.#database.close();
  }
}

/** What is durable is looked at when the file is opened again; an error that comes here adds nothing. */
function closeQuietly(database: Database): void {
  try {
    database.close();
  } catch {
    // See above.
  }
}

function prepareDatabase(database: Database, file: string, terms: LotteryTerms, mayCreate: boolean): void {
  // Another program's database is left as it is: nothing is changed before this is known to be ours, or new.
  const version = Number(database.pragma('user_version', { simple: true }));
  const isNew = version === 0 && isEmpty(database);
  if (!isNew) requireLedger(database, file, OLDEST_VERSION);
  if (isNew && !mayCreate) throw gone(file);
  if (isNew) database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  // With WAL, FULL is what syncs the log at each commit: an acknowledgement needs it.
  database.pragma('synchronous = FULL');
  // The writer says when: after the answers.
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
  database.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
  database.pragma('foreign_keys = OFF');
  // A file whose header is damaged may open only for reading: that is found here, not at the first batch.
  database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${SCHEMA_VERSION}; ROLLBACK`);
  if (isNew) create(database, terms);
  else if (version < SCHEMA_VERSION) migrate(database, file, version);
  requireSchema(database);
  requireTerms(database, file, terms);
}

function isMissing(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function gone(file: string): OperationError {
  return new OperationError(`${file}: the ledger that was made here is gone`);
}

function create(database: Database, terms: LotteryTerms): void {
  database.transaction(() => {
    database.exec(SCHEMA);
    new SmallTables(database).create(terms);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function requireTerms(database: Database, file: string, terms: LotteryTerms): void {
  const kept = new SmallTables(database).readLottery();
  if (kept.agencies === terms.agencies && kept.winnerNumber === terms.winnerNumber) return;
  throw otherLottery(file, kept, terms, 'DATA_DIR');
}
