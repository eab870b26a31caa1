/** What must be found in the ledger's file when it is opened. */
import { statSync } from 'node:fs';

import './keep_alive';
import SqliteDatabase, { Database } from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { LedgerDamaged } from '../ledger';
import { APPLICATION_ID, OLDEST_VERSION, SCHEMA, SCHEMA_VERSION } from './schema';

/** Moves into the file what is left in the log; then the file must have all its pages. @throws OperationError */
export function requireAllPages(database: Database, file: string): void {
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

/** What the tables and the view are made of is text in the file, and can be damaged too. @throws LedgerDamaged */
export function requireSchema(database: Database): void {
  const model = new SqliteDatabase(':memory:');
  model.exec(SCHEMA);
  // What somebody has added, an index for example, is no damage.
  const found = new Set(schemaOf(database));
  const isWhole = schemaOf(model).every((made) => found.has(made));
  model.close();
  if (!isWhole) throw new LedgerDamaged('its tables are not what was made');
}

function schemaOf(database: Database): string[] {
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema').all();
  return rows.map((row) => JSON.stringify(row));
}

/**
 * Whether a database is a ledger of ours.
 *
 * @param oldestVersion the oldest version that will do
 * @throws OperationError when a database is no ledger of such a version
 */
export function requireLedger(database: Database, file: string, oldestVersion = SCHEMA_VERSION): void {
  const isOurs = database.pragma('application_id', { simple: true }) === APPLICATION_ID;
  const version = Number(database.pragma('user_version', { simple: true }));
  if (!isOurs) throw new OperationError(`${file} is no lottery ledger of version ${SCHEMA_VERSION}`);
  if (version >= oldestVersion && version <= SCHEMA_VERSION) return;
  const isOlder = version >= OLDEST_VERSION && version < SCHEMA_VERSION;
  throw new OperationError(
    `${file} is no lottery ledger of version ${SCHEMA_VERSION} but of version ${version}` +
      (isOlder ? ': start the server once, which brings it up to date' : ''),
  );
}

/** Whether a database has no tables at all. */
export function isEmpty(database: Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}
