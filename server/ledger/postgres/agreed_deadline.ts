/**
 * The deadline on which all servers over one database agree: it stands in the database, whose clock decides when it has
 * passed. It may be changed only while no other server has the ledger open.
 */
import type { DeadlineAction, DrawDeadline } from '../draw';
import {
  deadlineChanged,
  isSameDeadline,
  KeptDeadline,
  keptDeadline,
  otherDeadline,
} from '../remote/kept_deadline';
import { LedgerLost } from '../remote/remote_store';
import type { Connection } from './connection';
import { SERVERS_LOCK } from './database_constants';

interface DeadlineRow {
  readonly deadline_action: DeadlineAction | null;
  readonly deadline_at_ms: number | null;
  readonly deadline_after_ms: number | null;
  readonly sale_closed: boolean;
}

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
  const wanted = keptDeadline(deadline);
  const kept = await readDeadline(connection, wanted);
  if (!isSameDeadline(kept, wanted)) {
    const [trial] = await connection.query<{ is_free: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${SERVERS_LOCK}) AS is_free`,
    );
    if (trial?.is_free !== true) throw otherDeadline(kept, wanted);
    await connection.query(
      `UPDATE lottery SET deadline_action = $1, deadline_at_ms = $2, deadline_after_ms = $3,
         due_at_ms = coalesce($2, (SELECT finished_at_ms FROM finished_agencies WHERE ordinal = 1) + $3)`,
      [wanted.action, wanted.atMs, wanted.afterMs],
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
  const wanted = keptDeadline(deadline);
  if (!isSameDeadline(await readDeadline(connection, wanted), wanted)) throw deadlineChanged();
}

/** For as long as the connection lasts. */
async function countAsServer(connection: Connection): Promise<void> {
  await connection.query(`SELECT pg_advisory_lock_shared(${SERVERS_LOCK})`);
}

/** The deadline that counts; once the sale is closed its terms do, and any deadline will do. */
async function readDeadline(connection: Connection, wanted: KeptDeadline): Promise<KeptDeadline> {
  const [row] = await connection.query<DeadlineRow>(
    'SELECT deadline_action, deadline_at_ms, deadline_after_ms, sale_closed FROM lottery',
  );
  if (row === undefined) throw new LedgerLost();
  if (row.sale_closed) return wanted;
  return { action: row.deadline_action, atMs: row.deadline_at_ms, afterMs: row.deadline_after_ms };
}
