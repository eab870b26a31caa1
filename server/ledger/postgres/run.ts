/**
 * The row of a server's run in the table `writers`: which of the run's connections may commit, and the answers to its
 * last group (remote/run_fence.ts).
 */
import { FunctionsReplaced, LedgerLost } from '../remote/remote_store';
import { Connection, isUndefined } from './connection';
import type { GroupAnswers } from './group_codec';
import { readFunctionsDigest } from './migration';

/** The last group that was stored, and what is kept of its answers. */
export interface StoredGroup extends Pick<GroupAnswers, 'outcomes' | 'numbers'> {
  readonly group_number: number;
}

const STORED_GROUP = 'group_number, array_to_json(outcomes) AS outcomes, array_to_json(numbers) AS numbers';

/**
 * Checks that the functions in the database are those of this build.
 *
 * @throws FunctionsReplaced when they are not
 * @throws LedgerLost when there is no ledger
 */
export async function requireFunctions(connection: Connection, digest: string): Promise<void> {
  const found = await readFunctionsDigest(connection).catch((error: unknown) => {
    throw isUndefined(error) ? new LedgerLost() : error;
  });
  if (found !== digest) throw new FunctionsReplaced();
}

/**
 * Begins a run: its first connection may commit. The row of `ledger_version` is locked, so that the functions cannot be
 * replaced between the check of their digest and the commit.
 *
 * @param runId a UUID
 * @param digest of the functions of this build
 * @throws FunctionsReplaced when the database has others
 */
export async function beginRun(connection: Connection, runId: string, digest: string): Promise<void> {
  const begun = await connection.query(
    `INSERT INTO writers (run_id, connection, group_number, outcomes, numbers)
     SELECT $1::uuid, 1, 0, '{}', '{}' FROM ledger_version WHERE functions = $2 FOR SHARE
     RETURNING run_id`,
    [runId, digest],
  );
  if (begun.length === 0) throw new FunctionsReplaced();
}

/**
 * Makes this connection the one that may commit. A group that is being committed has locked the row: this waits for it.
 * Any group of the former connection that comes later is refused.
 *
 * @param number of this connection: higher than any before
 * @param former the name of the last connection
 * @throws LedgerLost when the run's row is gone
 */
export async function takeOver(
  connection: Connection,
  runId: string,
  number: number,
  former: string,
): Promise<StoredGroup> {
  // So that nothing need be waited for. Where this is not permitted, the former process is found out by its group.
  await connection
    .query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid || ' ' || backend_start = $1 AND pid <> pg_backend_pid()`,
      [former],
    )
    .catch(() => undefined);
  const [stored] = await connection.query<StoredGroup>(
    `UPDATE writers SET connection = $2 WHERE run_id = $1 RETURNING ${STORED_GROUP}`,
    [runId, number],
  );
  return requireRun(stored);
}

/** The last group of the run that was stored. @throws LedgerLost when the run's row is gone */
export async function readRun(connection: Connection, runId: string): Promise<StoredGroup> {
  const [stored] = await connection.query<StoredGroup>(
    `SELECT ${STORED_GROUP} FROM writers WHERE run_id = $1`,
    [runId],
  );
  return requireRun(stored);
}

/** Ends a run: nobody asks for its groups any more, and no connection of it sends. */
export async function endRun(connection: Connection, runId: string): Promise<void> {
  await connection.query('DELETE FROM asks WHERE run_id = $1', [runId]);
  await connection.query('DELETE FROM writers WHERE run_id = $1', [runId]);
}

function requireRun(stored: StoredGroup | undefined): StoredGroup {
  if (stored !== undefined) return stored;
  throw new LedgerLost();
}
