/**
 * What a Redis must be set to, so that what it has answered is not lost: with `appendfsync always` an answer leaves after
 * the sync of the append-only file. `WAIT` would tell only that a replica has received it.
 */
import { OperationError } from '../../../program/exit';
import { RedisUnreachable } from './connect_errors';

/** What is asked of `CONFIG GET`. */
export const DURABILITY_SETTINGS = [
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'maxmemory-policy',
] as const;

const WANTED: Readonly<Record<(typeof DURABILITY_SETTINGS)[number], string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  'maxmemory-policy': 'noeviction',
};

/** What a Redis says of itself (`INFO`), by its keys. */
export type ServerFacts = ReadonlyMap<string, string>;

const OLDEST_MAJOR_VERSION = 7;

/** Reads what `INFO` has answered. */
export function factsFrom(text: string): ServerFacts {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/**
 * Makes sure that a Redis can be used.
 *
 * @throws OperationError when it is too old, or one of a cluster
 * @throws RedisUnreachable when it takes no changes, or its file cannot be written now
 */
export function requireUsable(facts: ServerFacts): void {
  if (Number.parseInt(facts.get('redis_version') ?? '0', 10) < OLDEST_MAJOR_VERSION) {
    throw new OperationError('the database is older than Redis 7');
  }
  if (facts.get('cluster_enabled') === '1') {
    throw new OperationError(
      'the database is one of a Redis Cluster, which keeps no order over all of its keys',
    );
  }
  if (facts.get('role') !== 'master')
    throw new RedisUnreachable('the database takes no changes: it is a replica');
  if (facts.get('loading') !== '0') throw new RedisUnreachable('the database is reading what it has stored');
  if ((facts.get('aof_last_write_status') ?? 'ok') !== 'ok') {
    throw new RedisUnreachable('the database cannot write its append-only file');
  }
}

/**
 * The setting that makes what it stores unsafe, if there is one.
 *
 * @param settings as `CONFIG GET` has answered {@link DURABILITY_SETTINGS}
 */
export function unsafeSetting(settings: ReadonlyMap<string, string>): string | undefined {
  for (const name of DURABILITY_SETTINGS) {
    const value = settings.get(name);
    if (value !== WANTED[name]) return `${name} ${value ?? 'unknown'} (it must be ${WANTED[name]})`;
  }
  return undefined;
}

/** What is wrong with a Redis whose append-only file may be one that its next start does not read (kept_file.ts). */
export const FILE_NOT_KEPT = 'an append-only file that it may only be beginning';

/** What an operator is told of a Redis that stores unsafely. @param setting as {@link unsafeSetting} says it */
export function unsafeMessage(setting: string): string {
  return (
    `the database has ${setting}: what it stores may be lost, and an acknowledged bet must not be ` +
    '(DATABASE_UNSAFE_COMMITS = allow takes it all the same)'
  );
}
