/** Whether each connection has a session of its own at the database, which a transaction pooler does not give. */
import { randomUUID } from 'node:crypto';

import { ConfigurationError } from '../../../program/exit';
import type { Connection } from './connection';

/** How often both connections are in a transaction at the same time, by turns the one and the other first. */
const ROUNDS = 4;
/** A setting of the session without any meaning. */
const MARK = 'lottery.session';

interface SessionMark {
  readonly process_id: number;
  readonly mark: string | null;
}

/**
 * Makes sure that what a session has outlasts its transactions: the process that serves it and its settings. Where these
 * change, locks and notices are lost as well. A pool that hands whole sessions on (`pool_mode = session`) will do.
 *
 * Two connections that are in a transaction at the same time need two processes of the database. A pooler hands these
 * out anew for each transaction, so that, by turns, one of the connections gets that of the other.
 *
 * @throws ConfigurationError when the connections share a process, or one of them changes it
 */
export async function requireOwnSessions(one: Connection, other: Connection): Promise<void> {
  const mark = randomUUID();
  await one.query('SELECT set_config($1, $2, false)', [MARK, mark]);
  // Before the transactions: where there is one process for all, the second transaction would wait for the first.
  const found = await readMark(other);
  const isShared = found.mark === mark || isSame(one, other);
  if (isShared || (await readMark(one)).mark !== mark) throw sharedSessions(one);
  for (let round = 0; round < ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? [one, other] : [other, one];
    const marks = [await beginAndRead(first), await beginAndRead(second)];
    await first.query('COMMIT');
    await second.query('COMMIT');
    const isKept = [first, second].every((connection, index) => {
      const isMarked = marks[index]?.mark === mark;
      return marks[index]?.process_id === connection.backend.processId && isMarked === (connection === one);
    });
    if (!isKept) throw sharedSessions(one);
  }
}

async function beginAndRead(connection: Connection): Promise<SessionMark> {
  await connection.query('BEGIN');
  return readMark(connection);
}

async function readMark(connection: Connection): Promise<SessionMark> {
  const [row] = await connection.query<SessionMark>(
    'SELECT pg_backend_pid() AS process_id, current_setting($1, true) AS mark',
    [MARK],
  );
  return row!;
}

function isSame({ backend: one }: Connection, { backend: other }: Connection): boolean {
  return one.processId === other.processId && one.startedAt === other.startedAt;
}

function sharedSessions({ place }: Connection): ConfigurationError {
  return new ConfigurationError(
    `${place}: it leads to a transaction pooler, which loses the session's locks and notices between transactions: ` +
      'name the database itself, or a pool of sessions (pgbouncer: pool_mode = session)',
  );
}
