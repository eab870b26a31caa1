/**
 * The deadline on which all servers over one Redis agree: it stands there, and the clock of Redis decides when it has
 * passed. It may be changed only while no other server has the ledger open.
 */
import { ConfigurationError } from '../../../program/exit';
import type { DrawDeadline } from '../draw';
import { Connection, Reply } from './connection';
import { KEYS, LIBRARY } from './database_constants';
import { isAlive } from './draw_lock';

/** How often it is tried while other servers open or close the ledger in the same moment. */
const MAX_TRIES = 100;

/** A deadline as it is kept: its action, its time, its time after the first FIN; empty where there is none. */
export function deadlineWords(deadline: DrawDeadline | undefined): readonly [string, string, string] {
  if (deadline === undefined) return ['', '', ''];
  const { action } = deadline;
  return 'atMs' in deadline
    ? [action, String(deadline.atMs), '']
    : [action, '', String(deadline.afterFirstFinishMs)];
}

/**
 * Makes this server's deadline that of the ledger, or checks that it is. Whoever begins a run looks again whether it still
 * is (functions/commit.lua).
 *
 * @throws ConfigurationError when it is another one, and other servers have the ledger open
 */
export async function agreeOnDeadline(
  connection: Connection,
  deadline: DrawDeadline | undefined,
): Promise<void> {
  const wanted = deadlineWords(deadline);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { words: kept, isClosed } = await readDeadline(connection);
    // Once the sale is closed its terms are what counts.
    if (isClosed || wanted.every((word, index) => word === kept[index])) return;
    const runs = await readRuns(connection);
    if (await isAnyAlive(connection, runs)) throw disagreement(kept, wanted);
    const isChanged = await connection.call(['FCALL', `${LIBRARY}_agree`, '0', ...wanted, runs.join(',')]);
    if (isChanged === 1) return;
  }
  throw new ConfigurationError('the servers over the database are opened and closed all the time: try again');
}

async function readDeadline(
  connection: Connection,
): Promise<{ readonly words: readonly [string, string, string]; readonly isClosed: boolean }> {
  const fields = ['deadline_action', 'deadline_at_ms', 'deadline_after_ms', 'missing_agencies'];
  const values = (await connection.call(['HMGET', KEYS.lottery, ...fields])) as readonly Reply[];
  const [action, atMs, afterMs] = values.map((value) => (value === null ? '' : String(value)));
  return { words: [action!, atMs!, afterMs!], isClosed: values[3] !== null };
}

async function readRuns(connection: Connection): Promise<readonly string[]> {
  return ((await connection.call(['LRANGE', KEYS.runs, '0', '-1'])) as readonly Reply[]).map(String);
}

async function isAnyAlive(connection: Connection, runs: readonly string[]): Promise<boolean> {
  for (const run of runs) {
    const client = await connection.call(['HGET', KEYS.run(run), 'client']);
    if (client !== null && (await isAlive(connection, String(client)))) return true;
  }
  return false;
}

function disagreement(
  kept: readonly [string, string, string],
  wanted: readonly [string, string, string],
): ConfigurationError {
  return new ConfigurationError(
    `the servers over the database have ${inWords(kept)}, configured is ${inWords(wanted)}: ` +
      'take their settings, or stop them all to change it',
  );
}

function inWords([action, atMs, afterMs]: readonly [string, string, string]): string {
  if (action === '') return 'no DRAW_DEADLINE';
  const when = atMs === '' ? `${afterMs}ms` : new Date(Number(atMs)).toISOString();
  return `DRAW_DEADLINE ${when} and DRAW_DEADLINE_ACTION ${action}`;
}
