import { ConfigurationError, OperationError } from '../../../program/exit';
import { LotteryTerms } from '../ledger';
import type { Connection } from './connection';
import { MIGRATION_LOCK } from './database_constants';
import { readFunctions, readMigrations } from './sql_files';

/**
 * Makes the ledger's tables where there are none, brings those of an older version up to this one, and holds the
 * lottery's terms against those that it was made for. Several servers may do so at once.
 *
 * @throws ConfigurationError when the ledger is that of a lottery with other terms
 * @throws OperationError when the tables are of a newer version, or others of these names are there
 */
export async function prepareDatabase(connection: Connection, terms: LotteryTerms): Promise<void> {
  await connection.query('BEGIN');
  await connection.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await migrate(connection, await readVersion(connection), terms);
  await requireTerms(connection, terms);
  await connection.query('COMMIT');
}

/**
 * The version of the tables; 0 where there are none.
 *
 * @throws OperationError when it is a newer one, or missing
 */
export async function readVersion(connection: Connection): Promise<number> {
  const [found] = await connection.query<{ is_made: boolean }>(
    `SELECT to_regclass('ledger_version') IS NOT NULL AS is_made`,
  );
  if (found?.is_made !== true) return 0;
  const [row] = await connection.query<{ version: number }>('SELECT version FROM ledger_version');
  if (row === undefined) throw new OperationError('the ledger is damaged: its version is missing');
  const { version } = row;
  const known = readMigrations().length;
  if (version > known) {
    throw new OperationError(
      `the database holds a ledger of version ${version}; known are those up to ${known}`,
    );
  }
  return version;
}

async function migrate(connection: Connection, version: number, terms: LotteryTerms): Promise<void> {
  const migrations = readMigrations();
  if (version === migrations.length) return;
  const { names, script } = readFunctions();
  const dropFunctions = `DROP FUNCTION IF EXISTS ${names.join(', ')};`;
  for (const part of [...migrations.slice(version), dropFunctions, script]) await connection.script(part);
  if (version === 0) {
    await connection.query('INSERT INTO lottery (only_row, agencies, winner_number) VALUES (true, $1, $2)', [
      terms.agencies,
      terms.winnerNumber,
    ]);
    await connection.query('INSERT INTO ledger_version VALUES ($1)', [migrations.length]);
  } else {
    await connection.query('UPDATE ledger_version SET version = $1', [migrations.length]);
  }
}

async function requireTerms(connection: Connection, terms: LotteryTerms): Promise<void> {
  const [kept] = await connection.query<{ agencies: number; winner_number: number }>(
    'SELECT agencies, winner_number FROM lottery',
  );
  if (kept === undefined) throw new OperationError('the ledger is damaged: the table lottery is empty');
  if (kept.agencies === terms.agencies && kept.winner_number === terms.winnerNumber) return;
  throw new ConfigurationError(
    `the database holds a lottery of AGENCIES ${kept.agencies} and LOTTERY_WINNER_NUMBER ${kept.winner_number}, ` +
      `configured are ${terms.agencies} and ${terms.winnerNumber}: take another DATABASE_URL or these settings`,
  );
}
