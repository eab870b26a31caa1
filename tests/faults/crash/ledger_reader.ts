/** Reads a ledger's files in plain SQL, as somebody who knows the tables and none of our code. */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';

import { withDatabase } from '../../support/ledger_file';

/** A batch as it is stored; its text byte for byte, one character (latin1) for each. */
export interface StoredBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly bets: number;
  readonly lastBetId: number;
  readonly segment: number;
  readonly offset: number;
  readonly text: string;
}

/** Everything that is in a ledger. */
export interface LedgerContent {
  readonly batches: readonly StoredBatch[];
  /** The length of each segment's text in bytes. */
  readonly segmentBytes: ReadonlyMap<number, number>;
  readonly finishedAgencies: readonly number[];
  readonly isSaleClosed: boolean;
  /** One for each row of `draws`. */
  readonly draws: readonly { readonly bets: number; readonly drawnAt: string }[];
  readonly winners: ReadonlyMap<number, string>;
  /** Rows of the view `bets`. */
  readonly viewRows: number;
  /** What SQLite itself finds wrong with the file. */
  readonly integrity: string;
}

/**
 * Reads what a server that is gone has left.
 *
 * It reads a copy of the file and of its log, so that the next server finds them as the last one left them.
 *
 * @returns undefined when there is no ledger yet: no file, or one without any table
 */
export function readLedger(folder: string, copyFolder: string): LedgerContent | undefined {
  const file = join(folder, 'lottery.db');
  if (!existsSync(file)) return undefined;
  rmSync(copyFolder, { recursive: true, force: true });
  mkdirSync(copyFolder);
  const copy = join(copyFolder, 'lottery.db');
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  return withDatabase(new SqliteDatabase(copy), (database) => {
    const tables = database.prepare('SELECT 1 FROM sqlite_schema').get();
    return tables === undefined ? undefined : readTables(database);
  });
}

function readTables(database: Database): LedgerContent {
  const batches = database
    .prepare<[], Omit<StoredBatch, 'text'> & { bytes: Buffer | null }>(
      `SELECT agency, batch_id AS batchId, bets, last_bet_id AS lastBetId, segment, byte_offset AS offset,
         substr(text, byte_offset + 1, byte_length) AS bytes
       FROM batches LEFT JOIN segments ON sequence = segment ORDER BY segment, byte_offset`,
    )
    .all()
    .map(({ bytes, ...batch }) => ({ ...batch, text: bytes?.toString('latin1') ?? '' }));
  const segments = database
    .prepare<[], [number, number]>('SELECT sequence, length(text) FROM segments WHERE length(text) > 0')
    .raw()
    .all();
  return { batches, segmentBytes: new Map(segments), ...readSmallTables(database) };
}

function readSmallTables(database: Database): Omit<LedgerContent, 'batches' | 'segmentBytes'> {
  const finished = database.prepare<[], { agency: number }>('SELECT agency FROM finished_agencies').all();
  const lottery = database.prepare<[], { closed: number }>('SELECT sale_closed AS closed FROM lottery').get();
  const winners = database
    .prepare<[], { agency: number; documents: string }>('SELECT agency, documents FROM winners')
    .all();
  return {
    finishedAgencies: finished.map(({ agency }) => agency),
    isSaleClosed: lottery?.closed === 1,
    draws: database
      .prepare<[], { bets: number; drawnAt: string }>('SELECT bets, drawn_at AS drawnAt FROM draws')
      .all(),
    winners: new Map(winners.map(({ agency, documents }) => [agency, documents])),
    viewRows: Number(database.prepare('SELECT count(*) FROM bets').pluck().get()),
    integrity: String(database.pragma('integrity_check', { simple: true })),
  };
}
