import { join } from 'node:path';

import { requireWholeLog } from './log_check';
import { cutLog, rewriteLog } from './log_durability';
import { requireOwnLog } from './log_owner';
import { LEDGER_FILE, Store } from './store';
import type { WriterStart } from './writer_messages';

/**
 * Opens the ledger from what is durable.
 *
 * @param wallTimeMs the clock of the storage, in milliseconds since 1970
 * @throws ConfigurationError, OperationError as {@link Store.open} does, or when the log is damaged or another ledger's
 */
export function openStore(
  { folder, terms, mayCreate, committedFrames }: Omit<WriterStart, 'memory'>,
  wallTimeMs?: () => number,
): Store {
  const logFile = `${join(folder, LEDGER_FILE)}-wal`;
  if (committedFrames !== undefined) cutLog(logFile, committedFrames);
  const log = requireWholeLog(logFile);
  // Later on it is the log that this process has written.
  if (log !== undefined && committedFrames === undefined) requireOwnLog(join(folder, LEDGER_FILE), log);
  rewriteLog(logFile);
  return Store.open(folder, terms, mayCreate, wallTimeMs);
}
