import type { AuditReader } from '../../server/ledger/audit_reader';
import { databaseOf, ServerConfiguration } from '../../server/config';

/**
 * Opens the audit log of the ledger that the configuration names. The modules of the other engine are not loaded.
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
  const { PostgresAuditReader } = await import('../../server/ledger/postgres/audit_reader.js');
  return PostgresAuditReader.open(databaseOf(configuration), stop);
}
