/**
 * Opening the database: its tables and functions are made, or brought up to this build of the server.
 *
 * A server must never commit through functions of another build. Several servers may have the ledger open, and a newer
 * or older build may open it while they run. So the database keeps the digest of its functions, and:
 *
 * - A server that opens the database and finds another digest makes the functions again, records its own digest and, in the
 *   same transaction, ends every run (the rows of `writers`). A run's row exists only while the functions of its build
 *   are in place: `beginRun` refuses to make one otherwise.
 * - A commit group updates its run's row last (functions/lottery_commit.sql). A server whose functions were replaced
 *   finds no row, or no function of these parameters: nothing of its group is stored. It reads the digest, says in one
 *   line that another build has replaced its functions, and ends. The same holds when it connects again.
 * - A running server never puts its functions back, so that two builds cannot undo each other's work in turns. Only
 *   opening does. Two builds with the same migrations whose servers are both started again whenever they end would
 *   still take turns: a release that changes a function therefore has a new migration, which older builds refuse.
 * - The lottery's lock is taken before anything is changed: no group is half done while its functions are replaced.
 */
import { OperationError } from '../../../program/exit';
import type { DrawDeadline } from '../draw';
import { LotteryTerms } from '../ledger';
import { otherLottery } from '../other_lottery';
import { agreeOnDeadline } from './agreed_deadline';
import type { Connection } from './connection';
import { LOTTERY_LOCK, MIGRATION_LOCK } from './database_constants';
import { requireOwner, requirePrivileges } from './privileges';
import { DatabaseFunctions, readMigrations } from './sql_files';

interface VersionRow {
  readonly version: number;
  readonly functions: string | null;
}

/**
 * Makes the ledger's tables and functions where there are none, brings those of another build up to this one, and
 * checks the lottery's terms against those that the ledger was made for. Several servers may do so at once.
 *
 * @throws ConfigurationError when the ledger is that of a lottery with other terms, other servers have another deadline,
 *   or the role lacks a privilege
 * @throws OperationError when the tables are of a newer version, or the database has other tables of these names
 */
export async function prepareDatabase(
  connection: Connection,
  terms: LotteryTerms,
  deadline: DrawDeadline | undefined,
  functions: DatabaseFunctions,
): Promise<void> {
  await connection.query('BEGIN');
  await connection.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
  await requirePrivileges(connection);
  const version = await readVersion(connection);
  const isCurrent =
    version === readMigrations().length && (await readFunctionsDigest(connection)) === functions.digest;
  if (!isCurrent) {
    await requireOwner(connection);
    await connection.query(`SELECT pg_advisory_xact_lock(${LOTTERY_LOCK})`);
    await migrate(connection, version, terms);
    await makeFunctions(connection, functions);
  }
  await requireTerms(connection, terms);
  await agreeOnDeadline(connection, deadline);
  await connection.query('COMMIT');
}

/**
 * The version of the tables; 0 where there are none.
 *
 * @throws OperationError when it is newer than this build, or missing
 */
export async function readVersion(connection: Connection): Promise<number> {
  const [found] = await connection.query<{ is_made: boolean }>(
    `SELECT to_regclass('ledger_version') IS NOT NULL AS is_made`,
  );
  if (found?.is_made !== true) return 0;
  const [row] = await connection.query<VersionRow>('SELECT version FROM ledger_version');
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

/**
 * Makes sure that there is a ledger of this build's version.
 *
 * @throws OperationError when there is not
 */
export async function requireLedger(connection: Connection): Promise<void> {
  const version = await readVersion(connection);
  if (version === 0) throw new OperationError('the database holds no ledger');
  const known = readMigrations().length;
  if (version < known) {
    throw new OperationError(
      `the database holds a ledger of version ${version}: a server of this version makes it one of ${known}`,
    );
  }
}

/** The digest of the functions that the database has; `null` when it is not known. For tables of the newest version. */
export async function readFunctionsDigest(connection: Connection): Promise<string | null> {
  const [row] = await connection.query<VersionRow>('SELECT functions FROM ledger_version');
  return row?.functions ?? null;
}

async function migrate(connection: Connection, version: number, terms: LotteryTerms): Promise<void> {
  const migrations = readMigrations();
  for (const migration of migrations.slice(version)) await connection.script(migration);
  if (version > 0) {
    await connection.query('UPDATE ledger_version SET version = $1', [migrations.length]);
    return;
  }
  await connection.query('INSERT INTO lottery (only_row, agencies, winner_number) VALUES (true, $1, $2)', [
    terms.agencies,
    terms.winnerNumber ?? null,
  ]);
  await connection.query('INSERT INTO ledger_version (version) VALUES ($1)', [migrations.length]);
}

/** Makes the functions in place of any others of their names, and ends all runs: they are another build's. */
async function makeFunctions(connection: Connection, functions: DatabaseFunctions): Promise<void> {
  const { names, script, digest } = functions;
  // First of all: it waits for a run that is beginning, so that the deletion below sees its row.
  await connection.query('UPDATE ledger_version SET functions = $1', [digest]);
  await connection.script(`
    DO $$
    DECLARE
      former regprocedure;
    BEGIN
      FOR former IN
        SELECT oid FROM pg_proc
        WHERE proname = ANY ('{${names.join(',')}}'::name[]) AND pg_function_is_visible(oid)
      LOOP
        EXECUTE 'DROP FUNCTION ' || former;
      END LOOP;
    END
    $$`);
  await connection.script(script);
  await connection.query('DELETE FROM writers');
}

async function requireTerms(connection: Connection, terms: LotteryTerms): Promise<void> {
  const [kept] = await connection.query<{ agencies: number; winner_number: number | null }>(
    'SELECT agencies, winner_number FROM lottery',
  );
  if (kept === undefined) throw new OperationError('the ledger is damaged: the table lottery is empty');
  const winnerNumber = kept.winner_number ?? undefined;
  if (kept.agencies === terms.agencies && winnerNumber === terms.winnerNumber) return;
  const keptTerms = { agencies: kept.agencies, winnerNumber };
  throw otherLottery('the database', keptTerms, terms, 'DATABASE_URL');
}
