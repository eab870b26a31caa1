import { join } from 'node:path';

import { requireWholeLog } from './log_check';
import { cutLog, rewriteLog } from './log_durability';
import { LEDGER_FILE, Store } from './store';
import type { WriterStart } from './writer_messages';

/**
 * Opens the ledger from what is durable.
 *
 * @param wallTimeMs the clock of the storage, in milliseconds since 1970
 * @throws ConfigurationError, OperationError as {@link Store.open} does, or when the log is damaged
 */
export function openStore(
  { folder, terms, mayCreate, committedFrames }: Omit<WriterStart, 'memory'>,
  wallTimeMs?: () => number,
): Store {
  const logFile = `${join(folder, LEDGER_FILE)}-wal`;
  if (committedFrames !== undefined) cutLog(logFile, committedFrames);
  requireWholeLog(logFile);
  rewriteLog(logFile);
  return Store.open(folder, terms, mayCreate, wallTimeMs);
}
