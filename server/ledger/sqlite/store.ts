import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import {
  AppendOutcome,
  Draw,
  drawnState,
  DrawState,
  LedgerBatch,
  LedgerState,
  LotteryTerms,
  Standing,
} from '../ledger';
import { BatchTable } from './batch_table';
import { requireWritable, syncFolders } from './folders';
import { countCommittedFrames } from './log_durability';
import {
  APPLICATION_ID,
  CACHE_KIBIBYTES,
  MAX_IDLE_LOG_BYTES,
  PAGE_BYTES,
  SCHEMA,
  SCHEMA_VERSION,
} from './schema';
import { SmallTables } from './small_tables';
import { Standings } from './standings';

/** The ledger's file in its folder. */
export const LEDGER_FILE = 'lottery.db';

/**
 * The ledger's database, open for writing, in one thread. All writing stands between `begin` and `commit`; after
 * an error in between nothing of it is stored, the memory kept beside the tables is no longer true, and the store
 * must be closed and opened anew.
 */
export class Store {
  readonly #database: Database;
  readonly #batches: BatchTable;
  readonly #standings: Standings;
  readonly #finished: Set<number>;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #checkpoint: Statement<[]>;
  readonly #small: SmallTables;
  readonly #terms: LotteryTerms;
  #isSaleClosed: boolean;
  #drawn: Extract<DrawState, 'drawn' | 'called-off'> | undefined;

  /**
   * Opens the ledger in a folder, creating both if need be.
   *
   * @param mayCreate false where a ledger was made before: to begin a new one in its place would hide its loss
   * @throws ConfigurationError when the ledger is that of a lottery with other terms
   * @throws OperationError when it cannot be opened, is damaged, or is no ledger of this version
   */
  static open(folder: string, terms: LotteryTerms, mayCreate = true): Store {
    const file = join(folder, LEDGER_FILE);
    let database: Database | undefined;
    try {
      const firstCreated = mkdirSync(folder, { recursive: true });
      // Before SQLite sees it: with no database, it would remove the log that may hold what was in it.
      if (!mayCreate && isMissing(file)) throw gone(file);
      requireWritable(file);
      database = new SqliteDatabase(file);
      prepareDatabase(database, file, terms, mayCreate);
      requireAllPages(database, file);
      syncFolders(folder, firstCreated);
      return new Store(database, terms);
    } catch (error) {
      database?.close();
      if (error instanceof ConfigurationError || error instanceof OperationError) throw error;
      throw new OperationError(`${file}: ${oneLine(error)}`);
    }
  }

  private constructor(database: Database, terms: LotteryTerms) {
    this.#database = database;
    this.#terms = terms;
    this.#batches = new BatchTable(database);
    this.#standings = new Standings(database);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#small = new SmallTables(database);
    this.#finished = this.#small.readFinished().agencies;
    this.#isSaleClosed = this.#small.readLottery().isSaleClosed;
    const draw = this.#small.readDraw();
    this.#drawn = draw && drawnState(draw);
    this.#requireDrawnBets(draw);
  }

  /** What the ledger holds. */
  get state(): LedgerState {
    return {
      finishedAgencies: new Set(this.#finished),
      firstFinishedAtMs: this.#small.readFinished().firstAtMs,
      draw: this.#small.readDraw(),
      ...this.#standings.totals,
      sums: this.#standings.sums,
    };
  }

  /** Once there was a draw nothing is added: its bets are those that are here. */
  #requireDrawnBets(draw: Draw | undefined): void {
    if (draw === undefined || draw.isCalledOff || draw.bets === this.#standings.totals.bets) return;
    throw new OperationError('the ledger is damaged: not as many bets as were in the draw');
  }

  begin(): void {
    this.#begin.run();
  }

  /** When it returns, all that was written since `begin` is on durable storage. */
  commit(): void {
    this.#commit.run();
  }

  /**
   * Moves what was committed from the write-ahead log into the database, as far as no reader needs it there.
   *
   * @throws when it cannot be written: it stays in the log
   */
  moveLog(): void {
    this.#checkpoint.get();
  }

  /** Begins to append batches whose joined texts are given. */
  beginSegment(text: Uint8Array): void {
    this.#batches.begin(text);
  }

  /** Appends a batch whose text lies from `start` to `end` of what `beginSegment` was given. */
  append(batch: Omit<LedgerBatch, 'text'>, start: number, end: number): AppendOutcome {
    const { agency, batchId } = batch;
    const isOpen = !this.#isSaleClosed && !this.#finished.has(agency);
    if (isOpen && this.#batches.insert(batch, start, end)) {
      this.#standings.add(agency, batchId, batch.betCount, batch.lastBetId);
      return 'stored';
    }
    if (!isOpen && !this.#batches.has(agency, batchId)) return 'closed';
    return this.#batches.hasText(agency, batchId, start, end) ? 'already-stored' : 'conflict';
  }

  /** Ends what `beginSegment` began. @param lines those of the audit log, each with its line feed */
  endSegment(lines: string): void {
    this.#batches.end(lines);
  }

  /** Records that an agency has finished. */
  finish(agency: number): void {
    if (this.#finished.has(agency)) return;
    this.#small.addFinished(agency, this.#batches.lastSegment);
    this.#finished.add(agency);
  }

  standing(agency: number): Standing {
    return this.#standings.of(agency, this.#finished.has(agency));
  }

  /** Those of the agencies `after` + 1 to `after` + `limit`, as far as there are so many. */
  standings(after: number, limit: number): Standing[] {
    const length = Math.max(0, Math.min(limit, this.#terms.agencies - after));
    return Array.from({ length }, (_, index) => this.standing(after + index + 1));
  }

  /** A copy of the text of a batch; `undefined` where none has this id. */
  batchText(agency: number, batchId: number): Uint8Array | undefined {
    const text = this.#batches.textOf(agency, batchId);
    return text && new Uint8Array(text);
  }

  /** How far the draw is. */
  get drawState(): DrawState {
    if (this.#drawn !== undefined) return this.#drawn;
    return this.#isSaleClosed || this.#finished.size >= this.#terms.agencies ? 'due' : 'awaited';
  }

  /** From here on no new batch is stored. @returns false when it was closed before */
  closeSale(): boolean {
    if (this.#isSaleClosed) return false;
    this.#small.closeSale();
    this.#isSaleClosed = true;
    return true;
  }

  /** Stores the result of the draw. */
  storeDraw(draw: Draw): void {
    this.#small.addDraw(draw);
    this.#drawn = drawnState(draw);
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

/** What is durable is looked at when the file is opened anew; an error that comes here adds nothing. */
function closeQuietly(database: Database): void {
  try {
    database.close();
  } catch {
    // See above.
  }
}

function prepareDatabase(database: Database, file: string, terms: LotteryTerms, mayCreate: boolean): void {
  // Another program's database is left as it is: nothing is changed before this is known to be ours, or new.
  const version = database.pragma('user_version', { simple: true });
  const isNew = version === 0 && isEmpty(database);
  if (!isNew) requireLedger(database, file);
  if (isNew && !mayCreate) throw gone(file);
  if (isNew) database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  // With WAL, FULL is what syncs the log at each commit: an acknowledgement needs it.
  database.pragma('synchronous = FULL');
  // The writer says when: behind the answers.
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
  database.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
  database.pragma('foreign_keys = OFF');
  // A file whose header is damaged may open for reading alone: that is found here, not at the first batch.
  database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${SCHEMA_VERSION}; ROLLBACK`);
  if (isNew) create(database, terms);
  else requireSchema(database);
  requireTerms(database, file, terms);
}

/** Moves into the file what is left in the log; then the file must have all its pages. */
function requireAllPages(database: Database, file: string): void {
  const checkpoint = database.prepare<[], { log: number; checkpointed: number }>(
    'PRAGMA wal_checkpoint(PASSIVE)',
  );
  let moved: { log: number; checkpointed: number } | undefined;
  try {
    moved = checkpoint.get();
  } catch {
    // A full disk, for example: it stays in the log, and the writer will try again and tell.
  }
  // A reader may need the log as it is.
  if (moved === undefined || moved.log !== moved.checkpointed) return;
  const pages = Number(database.pragma('page_count', { simple: true }));
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  if (statSync(file).size < pages * pageBytes)
    throw new OperationError(`${file}: the ledger is damaged: it was cut off`);
}

function isMissing(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function gone(file: string): OperationError {
  return new OperationError(`${file}: the ledger that was made here is gone`);
}

/** @throws OperationError when a database is no ledger of this version */
export function requireLedger(database: Database, file: string): void {
  const isOurs = database.pragma('application_id', { simple: true }) === APPLICATION_ID;
  if (isOurs && database.pragma('user_version', { simple: true }) === SCHEMA_VERSION) return;
  throw new OperationError(`${file} is no lottery ledger of version ${SCHEMA_VERSION}`);
}

function isEmpty(database: Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}

/** What the tables and the view are made of is text in the file, and can be damaged as anything else. */
function requireSchema(database: Database): void {
  const model = new SqliteDatabase(':memory:');
  model.exec(SCHEMA);
  // What somebody has added, an index for example, is no damage.
  const found = new Set(schemaOf(database));
  const isWhole = schemaOf(model).every((made) => found.has(made));
  model.close();
  if (!isWhole) throw new OperationError('the ledger is damaged: its tables are not what was made');
}

function schemaOf(database: Database): string[] {
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema').all();
  return rows.map((row) => JSON.stringify(row));
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
  throw new ConfigurationError(
    `${file} holds a lottery of AGENCIES ${kept.agencies} and LOTTERY_WINNER_NUMBER ${kept.winnerNumber}, ` +
      `configured are ${terms.agencies} and ${terms.winnerNumber}: take another DATA_DIR or these settings`,
  );
}
