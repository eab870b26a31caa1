/** The settings of a session: what this server needs is set, whatever the role or the database has. */
import type { Client } from 'pg';

import { OperationError } from '../../../program/exit';

/** How long a statement may wait for locks. */
const LOCK_TIMEOUT_MS = 5_000;
/** How often the database checks, during a statement, that its client is still there. */
const CHECK_INTERVAL_MS = 100;

const OLDEST_VERSION = 130_000;

const SETTINGS: Readonly<Record<string, string>> = {
  lock_timeout: String(LOCK_TIMEOUT_MS),
  // A connection that waits for bets, or keeps the draw's lock, may be idle for long.
  idle_session_timeout: '0',
  // Each statement is bounded; the audit keeps a transaction open for as long as its reader takes.
  transaction_timeout: '0',
  // What waits in the database when its server dies must not be carried out later.
  client_connection_check_interval: String(CHECK_INTERVAL_MS),
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  jit: 'off',
  client_min_messages: 'warning',
};
/** As long as a statement may take. */
const IDLE_TRANSACTION = 'idle_in_transaction_session_timeout';

/** What a session has found at the database. */
export interface SessionRow {
  readonly version: number;
  readonly synchronous_commit: string;
  readonly fsync: string;
  readonly standby_names: string;
  readonly is_read_only: string;
  readonly is_standby: boolean;
  readonly started_at: string;
  readonly process_id: number;
}

/**
 * Sets up a session, and reads its settings.
 *
 * @param statementTimeoutMs how long a statement may run
 */
export async function beginSession(client: Client, statementTimeoutMs: number): Promise<SessionRow> {
  // First of all: the role's own limit may be too short for what follows.
  await client.query(`SET statement_timeout = ${statementTimeoutMs}`);
  // An older PostgreSQL lacks some of them.
  await client.query(
    `SELECT set_config(known.name, wanted.value, false)
     FROM unnest($1::text[], $2::text[]) AS wanted (name, value) JOIN pg_settings AS known USING (name)`,
    [
      Object.keys(SETTINGS).concat(IDLE_TRANSACTION),
      Object.values(SETTINGS).concat(String(statementTimeoutMs)),
    ],
  );
  const { rows } = await client.query<SessionRow>(`
    SELECT
      current_setting('server_version_num')::integer AS version,
      -- Set to its present value, it stays when the database's configuration changes.
      set_config('synchronous_commit', current_setting('synchronous_commit'), false) AS synchronous_commit,
      current_setting('fsync') AS fsync,
      current_setting('synchronous_standby_names') AS standby_names,
      current_setting('transaction_read_only') AS is_read_only,
      pg_is_in_recovery() AS is_standby,
      backend_start::text AS started_at,
      pid AS process_id
    FROM pg_stat_activity WHERE pid = pg_backend_pid()`);
  return rows[0]!;
}

/**
 * Makes sure that a session can be used.
 *
 * @throws OperationError when the database is too old, or commits unsafely; another error when it takes no changes,
 *   which may be over soon, or another host may take them
 */
export function requireUsable(session: SessionRow, allowUnsafeCommits: boolean): void {
  if (session.version < OLDEST_VERSION) throw new OperationError('the database is older than PostgreSQL 13');
  if (session.is_read_only === 'on') {
    const reason = session.is_standby ? 'it is a standby' : 'default_transaction_read_only is on';
    throw new Error(`the database takes no changes: ${reason}`);
  }
  const unsafe = allowUnsafeCommits ? undefined : unsafeSetting(session);
  if (unsafe === undefined) return;
  throw new OperationError(
    `the database has ${unsafe}: what it commits may be lost, and an acknowledged bet must not be ` +
      '(DATABASE_UNSAFE_COMMITS = allow takes it all the same)',
  );
}

/** The setting that makes commits unsafe, if there is one. */
function unsafeSetting({ fsync, synchronous_commit, standby_names }: SessionRow): string | undefined {
  if (fsync === 'off') return 'fsync = off';
  if (synchronous_commit === 'off') return 'synchronous_commit = off';
  // A standby that is promoted may lack what was acknowledged.
  if (standby_names === '' || !/^(local|remote_write)$/.test(synchronous_commit)) return undefined;
  return `synchronous_commit = ${synchronous_commit} beside synchronous_standby_names`;
}
