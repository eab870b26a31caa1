import type { AuditReader } from '../../server/ledger/audit_reader';
import { databaseOf, redisOf, ServerConfiguration } from '../../server/config';

/**
 * Opens the audit log of the ledger that the configuration names. The modules of other engines are not loaded.
 *
 * @param stop aborted to end what the reader waits for, which is rejected then
 * @throws ConfigurationError when the database is refused
 * @throws OperationError when there is no ledger, or it cannot be read
 */
export async function openReader(
  configuration: ServerConfiguration,
  stop: AbortSignal,
): Promise<AuditReader> {
  if (configuration.LEDGER === 'sqlite') {
    const { SqliteAuditReader } = await import('../../server/ledger/sqlite/audit_reader.js');
    return new SqliteAuditReader(configuration.DATA_DIR);
  }
  if (configuration.LEDGER === 'redis') {
    const { RedisAuditReader } = await import('../../server/ledger/redis/audit_reader.js');
    return RedisAuditReader.open(redisOf(configuration), stop);
  }
  const { PostgresAuditReader } = await import('../../server/ledger/postgres/audit_reader.js');
  return PostgresAuditReader.open(databaseOf(configuration), stop);
}
