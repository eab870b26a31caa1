/** Whether a database is a ledger that this server can use: whose it is, of which version, and made of what. */
import type { Database } from 'better-sqlite3';
import SqliteDatabase from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { LedgerDamaged } from '../ledger';
import { APPLICATION_ID, OLDEST_VERSION, SCHEMA, SCHEMA_VERSION } from './schema';

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

/**
 * What the tables and the view are made of is text in the file, and can be damaged as anything else.
 *
 * @throws LedgerDamaged when it is not what {@link SCHEMA} makes
 */
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
