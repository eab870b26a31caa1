/** A ledger's file, opened beside our code. */
import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';

/** Reads the ledger of a folder without changing a file of it. */
export function readLedgerFile<Result>(folder: string, read: (database: Database) => Result): Result {
  return withDatabase(new SqliteDatabase(join(folder, 'lottery.db'), { readonly: true }), read);
}

/** Uses a database and closes it, whatever comes. */
export function withDatabase<Result>(database: Database, use: (database: Database) => Result): Result {
  try {
    return use(database);
  } finally {
    database.close();
  }
}
