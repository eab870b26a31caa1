/**
 * The run of a server: which of its connections may commit, and the answers to its last group (remote/run_fence.ts,
 * functions/commit.lua).
 */
import type { DrawDeadline } from '../draw';
import type { Operation } from '../remote/operation';
import { deadlineChanged } from '../remote/kept_deadline';
import { FunctionsReplaced, GroupId, LedgerLost } from '../remote/remote_store';
import { hasCode } from './connect_errors';
import type { Connection, Reply } from './connection';
import { LIBRARY } from './database_constants';
import { deadlineWords } from './agreed_deadline';
import { groupArguments, GroupReply, groupReply } from './group_codec';

const FULL = 'the database is full: its maxmemory is reached (OOM)';

/** What a server and its ledger must agree on. */
export interface Agreement {
  /** The digest of this build's functions. */
  readonly digest: string;
  readonly deadline: DrawDeadline | undefined;
}

/** The last group of a run. */
export interface StoredGroup extends GroupReply {
  /** Its number in the run; 0 for none. */
  readonly number: number;
}

/** Begins a run: its first connection may commit. @param runId a UUID @throws LedgerLost */
export async function beginRun(connection: Connection, runId: string, agreement: Agreement): Promise<void> {
  await callFunction(connection, 'begin_run', [runId, connection.name, ...agreementWords(agreement)]);
}

/**
 * Makes this connection the one that may commit. A group of the former one that comes later is refused.
 *
 * @param number of this connection: higher than any before
 * @throws LedgerLost when there is no such run, or the ledger is not what this server has agreed on
 */
export async function takeOver(
  connection: Connection,
  runId: string,
  number: number,
  agreement: Agreement,
): Promise<StoredGroup> {
  const words = [runId, String(number), connection.name, ...agreementWords(agreement)];
  return storedGroup(await callFunction(connection, 'take_over', words));
}

/** The last group of the run that was stored. @throws LedgerLost when there is no such run */
export async function readRun(connection: Connection, runId: string): Promise<StoredGroup> {
  return storedGroup(await callFunction(connection, 'read_run', [runId]));
}

/** Ends a run: nobody asks for its groups any more, and no connection of it sends. */
export async function endRun(connection: Connection, runId: string): Promise<void> {
  await callFunction(connection, 'end_run', [runId]);
}

/**
 * Carries out a group.
 *
 * @param digest of this build's functions
 * @param maxOverdueMs a deadline that passed longer ago is not acted on; `undefined` for no limit
 * @throws LedgerLost, or another error when the group is refused or the connection is lost
 */
export async function commitGroup(
  connection: Connection,
  { runId, connection: number, group }: GroupId,
  operations: readonly Operation[],
  { digest, maxOverdueMs }: { readonly digest: string; readonly maxOverdueMs: number | undefined },
): Promise<GroupReply> {
  const words = [runId, String(number), String(group), digest, String(maxOverdueMs ?? '')];
  const reply = await callFunction(connection, 'commit', [...words, ...groupArguments(operations)]);
  return groupReply(reply as readonly Reply[]);
}

/** Calls a function of the library. @throws LedgerLost when it says that the ledger is of no use to this server */
export async function callFunction(
  connection: Connection,
  name: string,
  words: readonly (string | Buffer)[],
): Promise<Reply> {
  try {
    return await connection.call(['FCALL', `${LIBRARY}_${name}`, '0', ...words]);
  } catch (error) {
    throw lossOf(error) ?? (hasCode(error, 'OOM') ? new Error(FULL) : error);
  }
}

/** What an error says of the ledger as a whole, if anything. */
function lossOf(error: unknown): LedgerLost | undefined {
  if (hasCode(error, 'LOST')) return new LedgerLost();
  if (hasCode(error, 'REPLACED')) {
    return new FunctionsReplaced();
  }
  if (hasCode(error, 'DEADLINE')) {
    return deadlineChanged();
  }
  if (hasCode(error, 'DAMAGED')) {
    const reason = (error as Error).message.replace(/^DAMAGED /, '');
    return new LedgerLost(
      `the ledger is damaged: what stands in the database was changed by somebody else: ${reason}`,
    );
  }
  return undefined;
}

function agreementWords({ digest, deadline }: Agreement): readonly string[] {
  return [digest, ...deadlineWords(deadline)];
}

function storedGroup(reply: Reply): StoredGroup {
  const [number, ...rest] = reply as readonly Reply[];
  return { number: Number(number), ...groupReply(rest) };
}
