import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { OperationError } from '../../../program/exit';

const LOCK_FILE = 'lottery.lock';

/**
 * Takes the ledger's folder for this process, until it ends in whatever way: the kernel gives the lock back.
 *
 * The lock is one that SQLite holds on a file beside the ledger, so that readers of the ledger are not locked out.
 *
 * @throws OperationError when another process has it
 */
export function lockFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const database = new SqliteDatabase(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!(error instanceof SqliteDatabase.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
    throw new OperationError(`another server uses the ledger in ${folder}`);
  }
  held.push(database);
}

/** Keeps the locks of this process from being collected as garbage. */
const held: SqliteDatabase.Database[] = [];
