/** The copy that is to be restored, before it is opened. */
import { closeSync, fsyncSync, openSync, readSync, statSync } from 'node:fs';

import { ConfigurationError, oneLine, OperationError } from '../../program/exit';

const DATABASE = 'SQLite format 3\0';
const POSTGRES_DUMP = 'PGDMP';

/**
 * Makes sure that a file can be the copy of a ledger, and is all of it.
 *
 * @throws ConfigurationError when it is not there, or no file
 * @throws OperationError when it is something else, or a log lies beside it
 */
export function requireCopy(copy: string): void {
  const start = startOf(copy);
  if (start.startsWith(POSTGRES_DUMP)) {
    throw new OperationError(`${copy}: is a dump of PostgreSQL: pg_restore takes it into a database`);
  }
  if (start !== DATABASE) throw new OperationError(`${copy}: is no copy of a ledger`);
  for (const log of [`${copy}-wal`, `${copy}-journal`]) {
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) continue;
    throw new OperationError(
      `${copy}: ${log} lies beside it: it holds what is missing in the file, or belongs to another ledger; ` +
        `take a copy that sqlite3's .backup has made`,
    );
  }
}

/** Writes a file's bytes to the disk. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function startOf(copy: string): string {
  let descriptor: number | undefined;
  try {
    if (!statSync(copy).isFile()) throw new Error('is no file');
    descriptor = openSync(copy, 'r');
    const bytes = Buffer.alloc(DATABASE.length);
    const count = readSync(descriptor, bytes);
    const start = bytes.toString('latin1', 0, count);
    return start.startsWith(POSTGRES_DUMP) ? POSTGRES_DUMP : start;
  } catch (error) {
    throw new ConfigurationError(`${copy}: cannot be restored: ${oneLine(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
