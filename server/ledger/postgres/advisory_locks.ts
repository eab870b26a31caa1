/** What advisory locks are used for besides the order of the groups (functions/lottery_commit.sql). */
import { randomInt } from 'node:crypto';

import { OperationError } from '../../../program/exit';
import type { Connection } from './connection';
import { DRAW_LOCK, TRIAL_LOCK_CLASS } from './database_constants';

/**
 * Makes sure that a lock held by one connection keeps the other out. The order over several servers rests on that, and
 * some databases that speak PostgreSQL's protocol accept the calls and lock nothing.
 *
 * @throws OperationError when it does not
 */
export async function requireLocks(one: Connection, other: Connection): Promise<void> {
  // A random key, so that two servers that start at the same time do not meet.
  const lock = `${TRIAL_LOCK_CLASS}, ${randomInt(2 ** 31)}`;
  await one.query('BEGIN');
  await one.query(`SELECT pg_advisory_xact_lock(${lock})`);
  const [trial] = await other.query<{ is_free: boolean }>(
    `SELECT pg_try_advisory_xact_lock_shared(${lock}) AS is_free`,
  );
  await one.query('COMMIT');
  if (trial?.is_free === false) return;
  throw new OperationError(
    "the database: its advisory locks lock nothing, so that servers would not keep out of each other's way",
  );
}

/** Takes the draw's lock for as long as the connection lasts, unless another holds it. @returns whether it was free */
export async function tryDrawLock(connection: Connection): Promise<boolean> {
  const [trial] = await connection.query<{ is_taken: boolean }>(
    `SELECT pg_try_advisory_lock(${DRAW_LOCK}) AS is_taken`,
  );
  return trial?.is_taken === true;
}
