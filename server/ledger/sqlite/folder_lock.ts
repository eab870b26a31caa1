import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database } from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import { makeLedgerFolder, makeWritable, syncFolders } from './folders';

/** The lock's file in the ledger's folder. */
export const LOCK_FILE = 'lottery.lock';
/** The lock's `user_version` once a ledger was made in the folder. */
const MADE = 1;

/** What a ledger was restored from, and how far the copy went. */
export interface RestoredFrom {
  readonly copy: string;
  readonly batches: number;
  readonly bets: number;
  /** ISO 8601. */
  readonly restoredAt: string;
}

/**
 * The folder of a ledger, or of a log alone, taken for this process until it ends in whatever way: the kernel gives the lock back.
 *
 * The lock is one that SQLite holds on a file beside the ledger, so that readers of the ledger are not locked out.
 */
export class FolderLock {
  readonly #database: Database;

  /**
   * @param what is in the folder, for the errors that name it
   * @throws OperationError when another process has the folder, or it cannot be written
   */
  static take(folder: string, what: 'ledger' | 'log' = 'ledger'): FolderLock {
    let database: Database | undefined;
    try {
      const firstCreated = makeLedgerFolder(folder);
      // Also where it was there: the process that made it may have been killed before its name was durable.
      syncFolders(folder, firstCreated ?? folder);
      makeWritable(join(folder, LOCK_FILE));
      database = new SqliteDatabase(join(folder, LOCK_FILE), { timeout: 0 });
      database.pragma('locking_mode = EXCLUSIVE');
      // In this mode the lock outlives the transaction.
      database.exec('BEGIN EXCLUSIVE; COMMIT');
      return new FolderLock(database);
    } catch (error) {
      database?.close();
      if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
        throw new OperationError(`another server uses the ${what} in ${folder}`);
      }
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${folder}: cannot be used for the ${what} (DATA_DIR): ${oneLine(error)}`);
    }
  }

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a ledger was made here before. */
  get isMade(): boolean {
    return this.#database.pragma('user_version', { simple: true }) === MADE;
  }

  /** The copy that the ledger was restored from; `undefined` for one that was made here. */
  get restoredFrom(): RestoredFrom | undefined {
    const isNoted = this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'restored'").get();
    if (isNoted === undefined) return undefined;
    return this.#database
      .prepare<[], RestoredFrom>('SELECT copy, batches, bets, restored_at AS restoredAt FROM restored')
      .get();
  }

  /** Notes that the ledger is a copy. */
  noteRestored({ copy, batches, bets }: Omit<RestoredFrom, 'restoredAt'>): void {
    this.#database.exec(
      `CREATE TABLE IF NOT EXISTS restored (copy TEXT, batches INTEGER, bets INTEGER, restored_at TEXT);
       DELETE FROM restored`,
    );
    this.#database
      .prepare('INSERT INTO restored VALUES (?, ?, ?, ?)')
      .run(copy, batches, bets, new Date().toISOString());
  }

  /** Gives the folder back. */
  release(): void {
    this.#database.close();
  }

  /** Notes that a ledger was made here. */
  markMade(): void {
    if (!this.isMade) this.#database.pragma(`user_version = ${MADE}`);
  }
}
