/** What the thread of the log and the program need of a ledger that several servers share. */
import type { LeafSource } from './ledger/leaf_source';
import type { DatabaseSettings as PostgresSettings } from './ledger/postgres/connection';
import type { DatabaseSettings as RedisSettings } from './ledger/redis/connection';
import type { SharedValues } from './ledger/shared_values';
import { SqliteLeafSource } from './ledger/sqlite/leaf_source';

/** The ledger that the log is made from. It can be handed to a thread. */
export type FollowedLedger =
  | { readonly engine: 'sqlite'; readonly folder: string }
  | { readonly engine: 'postgres'; readonly settings: PostgresSettings }
  | { readonly engine: 'redis'; readonly settings: RedisSettings };

/** Begins to follow a ledger. @throws OperationError, ConfigurationError when it cannot be opened */
export async function openLeafSource(ledger: FollowedLedger): Promise<LeafSource> {
  if (ledger.engine === 'postgres') {
    const { PostgresLeafSource } = await import('./ledger/postgres/leaf_source.js');
    return PostgresLeafSource.open(ledger.settings);
  }
  if (ledger.engine === 'redis') {
    const { RedisLeafSource } = await import('./ledger/redis/leaf_source.js');
    return RedisLeafSource.open(ledger.settings);
  }
  return new SqliteLeafSource(ledger.folder);
}

/**
 * Opens what the servers over a ledger share.
 *
 * @returns `undefined` for a ledger that one server has for itself
 * @throws OperationError, ConfigurationError when it cannot be opened
 */
export async function openSharedValues(ledger: FollowedLedger): Promise<SharedValues | undefined> {
  if (ledger.engine === 'postgres') {
    const { PostgresSharedValues } = await import('./ledger/postgres/shared_values.js');
    return PostgresSharedValues.open(ledger.settings);
  }
  if (ledger.engine === 'redis') {
    const { RedisSharedValues } = await import('./ledger/redis/shared_values.js');
    return RedisSharedValues.open(ledger.settings);
  }
  return undefined;
}
