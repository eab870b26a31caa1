/** A search for the winners in several threads, each of which reads a part of the ledger. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import './keep_alive';
import SqliteDatabase, { Database } from 'better-sqlite3';

import { ownProgram } from '../../../program/own_files';
import type { FoundWinners } from '../draw';
import { LedgerUnavailable } from '../ledger';
import { asDamage } from './damage';
import { joinParts, PartFound, ScanPart, scanPart } from './draw_scan';
import { LEDGER_FILE } from './store';

const MAX_PARTS = 4;
/** Of a smaller part, the start of the thread for it would take longer than its reading. */
export const MIN_PART_BYTES = 64 * 1024 * 1024;

/** What is looked for, and where. */
export interface DrawSearch {
  readonly folder: string;
  readonly winnerNumber: number;
}

/** What a thread for a part is started with. */
export interface DrawPartStart extends DrawSearch {
  readonly part: ScanPart;
}

/** What such a thread answers before it ends. */
export type DrawPartAnswer =
  { readonly found: PartFound } | { readonly reason: string; readonly isDamaged: boolean };

/**
 * Reads every bet of a ledger whose sale is closed, in this thread and in others beside it where the ledger is large.
 *
 * @param minPartBytes how large a part is at least
 * @throws LedgerDamaged
 * @throws LedgerUnavailable when another thread has failed
 * @throws SqliteError when the ledger cannot be read
 */
export async function searchInParts(
  search: DrawSearch,
  minPartBytes = MIN_PART_BYTES,
): Promise<FoundWinners> {
  const parts = withLedger(search, (database) => countParts(database, minPartBytes));
  const others = Array.from({ length: parts - 1 }, (_, index) =>
    searchBeside({ ...search, part: { index: index + 1, parts } }),
  );
  // A failure is told when it is awaited.
  for (const other of others) other.catch(() => undefined);
  const own = searchPart(search, { index: 0, parts });
  return joinParts([own, ...(await Promise.all(others))]);
}

/** Reads a part of a ledger in this thread. @throws LedgerDamaged, SqliteError */
export function searchPart(search: DrawSearch, part: ScanPart): PartFound {
  return withLedger(search, (database) => scanPart(database, search.winnerNumber, part));
}

function withLedger<Result>({ folder }: DrawSearch, work: (database: Database) => Result): Result {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function countParts(database: Database, minPartBytes: number): number {
  const pages = Number(database.pragma('page_count', { simple: true }));
  const pageBytes = Number(database.pragma('page_size', { simple: true }));
  const most = Math.min(MAX_PARTS, availableParallelism());
  return Math.max(1, Math.min(most, Math.floor((pages * pageBytes) / minPartBytes)));
}

/** Has a thread (draw_part_thread.ts) read a part. It ends with the thread that has started it. */
function searchBeside(start: DrawPartStart): Promise<PartFound> {
  const thread = new Worker(ownProgram('server/ledger/sqlite/draw_part_thread'), { workerData: start });
  return new Promise((resolve, reject) => {
    thread.once('message', (answer: DrawPartAnswer) => {
      if ('found' in answer) resolve(answer.found);
      else reject(answer.isDamaged ? asDamage(answer.reason) : new LedgerUnavailable(answer.reason));
    });
    thread.once('error', reject);
    thread.once('exit', () => reject(new LedgerUnavailable('a thread of the draw has ended')));
  });
}
