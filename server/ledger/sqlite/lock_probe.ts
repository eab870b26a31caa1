/** `node lock_probe.js LOCK_FILE`: tries to take a ledger's lock that another process holds; see file_system.ts. */
import SqliteDatabase from 'better-sqlite3';

import { HELD, TAKEN } from './file_system';

try {
  const database = new SqliteDatabase(process.argv[2] ?? '', { timeout: 0, fileMustExist: true });
  database.exec('BEGIN EXCLUSIVE; ROLLBACK');
  process.exit(TAKEN);
} catch (error) {
  if (error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY')) process.exit(HELD);
  throw error;
}
