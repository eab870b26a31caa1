import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database } from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import { makeLedgerFolder, makeWritable, syncFolders } from './folders';

const LOCK_FILE = 'lottery.lock';
/** The lock's `user_version` once a ledger was made in the folder. */
const MADE = 1;

/**
 * A ledger's folder, taken for this process until it ends in whatever way: the kernel gives the lock back.
 *
 * The lock is one that SQLite holds on a file beside the ledger, so that readers of the ledger are not locked out.
 */
export class FolderLock {
  readonly #database: Database;

  /** @throws OperationError when another process has the folder, or it cannot be written */
  static take(folder: string): FolderLock {
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
        throw new OperationError(`another server uses the ledger in ${folder}`);
      }
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${folder}: cannot be used for the ledger (DATA_DIR): ${oneLine(error)}`);
    }
  }

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Whether a ledger was made here before. */
  get isMade(): boolean {
    return this.#database.pragma('user_version', { simple: true }) === MADE;
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
