/**
 * The deadline on which all servers over one database agree: it stands in the database, whose clock decides when it has
 * passed. It may be changed only while no other server has the ledger open.
 */
import { ConfigurationError } from '../../../program/exit';
import type { DeadlineAction, DrawDeadline } from '../draw';
import { LedgerLost } from '../remote/remote_store';
import type { Connection } from './connection';
import { SERVERS_LOCK } from './database_constants';

interface DeadlineRow {
  readonly deadline_action: DeadlineAction | null;
  readonly deadline_at_ms: number | null;
  readonly deadline_after_ms: number | null;
  readonly sale_closed: boolean;
}

/** What tells a deadline from another. */
type DeadlineColumns = Omit<DeadlineRow, 'sale_closed'>;

/**
 * Makes this server's deadline that of the database, or checks that it is. The connection counts as a server's from then
 * on. To be called in a transaction that only one server at a time is in.
 *
 * @throws ConfigurationError when it is another one, and other servers have the ledger open
 */
export async function agreeOnDeadline(
  connection: Connection,
  deadline: DrawDeadline | undefined,
): Promise<void> {
  const wanted = columnsOf(deadline);
  const kept = await readDeadline(connection);
  if (!isSame(kept, wanted)) {
    const [trial] = await connection.query<{ is_free: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${SERVERS_LOCK}) AS is_free`,
    );
    if (trial?.is_free !== true) throw disagreement(kept, wanted);
    await connection.query(
      `UPDATE lottery SET deadline_action = $1, deadline_at_ms = $2, deadline_after_ms = $3,
         due_at_ms = coalesce($2, (SELECT finished_at_ms FROM finished_agencies WHERE ordinal = 1) + $3)`,
      [wanted.deadline_action, wanted.deadline_at_ms, wanted.deadline_after_ms],
    );
  }
  await countAsServer(connection);
}

/**
 * Makes a new connection of a server count as one, and checks that the deadline is still the one it agreed on.
 *
 * @throws LedgerLost when it was changed while this server had no connection
 */
export async function requireDeadline(
  connection: Connection,
  deadline: DrawDeadline | undefined,
): Promise<void> {
  await countAsServer(connection);
  if (isSame(await readDeadline(connection), columnsOf(deadline))) return;
  throw new LedgerLost('the database: another server has changed DRAW_DEADLINE or DRAW_DEADLINE_ACTION');
}

/** For as long as the connection lasts. */
async function countAsServer(connection: Connection): Promise<void> {
  await connection.query(`SELECT pg_advisory_lock_shared(${SERVERS_LOCK})`);
}

async function readDeadline(connection: Connection): Promise<DeadlineRow> {
  const [row] = await connection.query<DeadlineRow>(
    'SELECT deadline_action, deadline_at_ms, deadline_after_ms, sale_closed FROM lottery',
  );
  if (row === undefined) throw new LedgerLost();
  return row;
}

function columnsOf(deadline: DrawDeadline | undefined): DeadlineColumns {
  return {
    deadline_action: deadline?.action ?? null,
    deadline_at_ms: deadline && 'atMs' in deadline ? deadline.atMs : null,
    deadline_after_ms: deadline && 'afterFirstFinishMs' in deadline ? deadline.afterFirstFinishMs : null,
  };
}

/** Once the sale is closed its terms are what counts. */
function isSame(kept: DeadlineRow, wanted: DeadlineColumns): boolean {
  return (
    kept.sale_closed ||
    (kept.deadline_action === wanted.deadline_action &&
      kept.deadline_at_ms === wanted.deadline_at_ms &&
      kept.deadline_after_ms === wanted.deadline_after_ms)
  );
}

function disagreement(kept: DeadlineColumns, wanted: DeadlineColumns): ConfigurationError {
  return new ConfigurationError(
    `the servers over the database have ${inWords(kept)}, configured is ${inWords(wanted)}: ` +
      'take their settings, or stop them all to change it',
  );
}

function inWords({
  deadline_action: action,
  deadline_at_ms: atMs,
  deadline_after_ms: afterMs,
}: DeadlineColumns): string {
  if (action === null) return 'no DRAW_DEADLINE';
  const when = atMs === null ? `${afterMs}ms` : new Date(atMs).toISOString();
  return `DRAW_DEADLINE ${when} and DRAW_DEADLINE_ACTION ${action}`;
}
