import { statSync } from 'node:fs';

import './keep_alive';
import SqliteDatabase from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import { requireLedger } from './file_checks';
import { migrate } from './migration';
import { OLDEST_VERSION, SCHEMA_VERSION } from './schema';

/**
 * Makes a copied file a ledger of this version: checks its pages, brings older tables up to date, and moves everything
 * into the one file.
 *
 * @throws OperationError when it is no ledger, or damaged
 */
export function bringUpToDate(file: string): void {
  let database: SqliteDatabase.Database | undefined;
  try {
    database = new SqliteDatabase(file);
    requireLedger(database, file, OLDEST_VERSION);
    // SQLite reads zeros where the end of the last page is missing.
    const bytes = Number(database.pragma('page_count', { simple: true })) * pageBytesOf(database);
    if (statSync(file).size < bytes) throw new OperationError('the copy is damaged: it was cut off');
    const found = String(database.pragma('integrity_check(1)', { simple: true }));
    if (found !== 'ok') throw new OperationError(`the copy is damaged: ${oneLine(found)}`);
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version < SCHEMA_VERSION) migrate(database, file, version);
    database.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    if (error instanceof OperationError) throw error;
    throw new OperationError(`the copy is damaged: ${oneLine(error)}`);
  } finally {
    database?.close();
  }
}

function pageBytesOf(database: SqliteDatabase.Database): number {
  return Number(database.pragma('page_size', { simple: true }));
}
