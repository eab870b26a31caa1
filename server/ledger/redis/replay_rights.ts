/**
 * With what rights a Redis reads its own file. Redis 7.0 carries out what stands in its append-only file as the user
 * `default`, and leaves out, without an error, each transaction that this user has no rights for (redis/redis#14541). A
 * commit group is such a transaction: it would be gone at the next start.
 */
import { ErrorReply } from '@redis/client';

import { OperationError } from '../../../program/exit';
import { KEYS } from './database_constants';

/** What stands in the file for the functions of the ledger, and for what puts them there. */
const COMMANDS: readonly (readonly string[])[] = [
  ['SELECT', '0'],
  ['MULTI'],
  ['EXEC'],
  ['HSET', KEYS.trial, 'field', ''],
  ['HDEL', KEYS.trial, 'field'],
  ['RPUSH', KEYS.trial, ''],
  ['LPOP', KEYS.trial],
  ['LREM', KEYS.trial, '1', ''],
  ['SET', KEYS.trial, ''],
  ['DEL', KEYS.trial],
  ['XADD', KEYS.trial, '1-0', 'lines', ''],
  ['FUNCTION', 'LOAD', 'REPLACE', ''],
];

/** Carries out a command. */
type Call = (words: readonly string[]) => Promise<unknown>;

/**
 * Makes sure that the database will read what it stores.
 *
 * @param call over a connection to it
 * @throws OperationError when it would not, or does not tell
 */
export async function requireReplayRights(call: Call): Promise<void> {
  const replies = await Promise.all(COMMANDS.map((words) => dryRun(call, words)));
  const missing = COMMANDS.filter((_, index) => replies[index] !== 'OK').map(([command]) => command);
  if (missing.length === 0) return;
  throw new OperationError(
    `the database's user default may not use ${missing.join(', ')}: at its next start Redis would leave out what it has ` +
      'stored; give that user all rights, and switch it off with `ACL SETUSER default off ~* &* +@all` ' +
      '(DATABASE_UNSAFE_COMMITS = allow takes it all the same)',
  );
}

async function dryRun(call: Call, words: readonly string[]): Promise<string> {
  try {
    return String(await call(['ACL', 'DRYRUN', 'default', ...words]));
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
    throw new OperationError(
      `the database does not tell whether it will read what it stores (ACL DRYRUN): ${error.message}`,
    );
  }
}
