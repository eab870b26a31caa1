import { OperationError } from '../../../program/exit';

/** How long SQLite itself waits for the lock of another program: a thread that waits there can be told nothing. */
export const LOCK_TRY_MS = 50;
/** How long that lock is waited for in all, before the storage counts as failing. */
export const MAX_LOCK_WAIT_MS = 5_000;

/** Another program, an SQL tool for example, holds a write lock on the ledger's file. */
export class LedgerLocked extends OperationError {
  /** @param file the ledger's */
  constructor(file: string) {
    super(`${file}: another program has locked it (a transaction that writes, left open in an SQL tool?)`);
  }
}

/** Whether SQLite has found a file locked. */
export function isBusy(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_BUSY');
}
