import SqliteDatabase from 'better-sqlite3';

import { LedgerDamaged, LedgerUnavailable } from '../ledger';
import type { WriterFailure } from './writer_messages';

/**
 * Whether an error says that the file does not hold what was written: found by SQLite, or by a check of ours. No row is
 * ever inserted under a key that is taken, so that a key which is refused was not there when the file was opened.
 */
export function isDamage(error: unknown): boolean {
  if (error instanceof LedgerDamaged) return true;
  return (
    error instanceof SqliteDatabase.SqliteError &&
    /^SQLITE_(CORRUPT|NOTADB|CONSTRAINT_(PRIMARYKEY|ROWID|UNIQUE))/.test(error.code)
  );
}

/** The damage in words: what SQLite says, or what a check of ours has found. */
export function asDamage(reason: string): LedgerDamaged {
  return new LedgerDamaged(reason.replace(/^the ledger is damaged: /, ''));
}

/** Why a writer has ended: for good where the file is damaged, else for a while. */
export function failureOf({ reason, isDamaged }: WriterFailure): LedgerUnavailable | LedgerDamaged {
  return isDamaged ? asDamage(reason) : new LedgerUnavailable(reason);
}
