/**
 * The deadline on which all servers over one Redis agree: it stands there, and the clock of Redis decides when it has
 * passed. It may be changed only while no other server has the ledger open.
 */
import { ConfigurationError } from '../../../program/exit';
import type { DeadlineAction, DrawDeadline } from '../draw';
import { isSameDeadline, KeptDeadline, keptDeadline, otherDeadline } from '../remote/kept_deadline';
import { Connection, Reply } from './connection';
import { KEYS, LIBRARY } from './database_constants';
import { isAlive } from './draw_lock';

/** How often it is tried while other servers open or close the ledger in the same moment. */
const MAX_TRIES = 100;

/** A deadline as it is kept: its action, its time, its time after the first FIN; empty where there is none. */
export function deadlineWords(deadline: DrawDeadline | undefined): readonly string[] {
  const { action, atMs, afterMs } = keptDeadline(deadline);
  return [action, atMs, afterMs].map((part) => (part === null ? '' : String(part)));
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
  const [wanted, words] = [keptDeadline(deadline), deadlineWords(deadline)];
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const kept = await readDeadline(connection, wanted);
    if (isSameDeadline(kept, wanted)) return;
    const runs = await readRuns(connection);
    if (await isAnyAlive(connection, runs)) throw otherDeadline(kept, wanted);
    const isChanged = await connection.call(['FCALL', `${LIBRARY}_agree`, '0', ...words, runs.join(',')]);
    if (isChanged === 1) return;
  }
  throw new ConfigurationError('the servers over the database are opened and closed all the time: try again');
}

/** The deadline that counts; once the sale is closed its terms do, and any deadline will do. */
async function readDeadline(connection: Connection, wanted: KeptDeadline): Promise<KeptDeadline> {
  const fields = ['deadline_action', 'deadline_at_ms', 'deadline_after_ms', 'missing_agencies'];
  const values = (await connection.call(['HMGET', KEYS.lottery, ...fields])) as readonly Reply[];
  const [action, atMs, afterMs, missing] = values.map((value) => (value === null ? null : String(value)));
  if (missing !== null) return wanted;
  return { action: action as DeadlineAction | null, atMs: numberFrom(atMs), afterMs: numberFrom(afterMs) };
}

function numberFrom(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
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
