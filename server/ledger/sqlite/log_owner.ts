/**
 * Whether a write-ahead log is that of the database it lies beside. SQLite does not ask: a copy that is put beside the
 * log of the ledger that it replaces would be mixed with it, or overwritten by it.
 *
 * A ledger's file only grows (the pages of a note that is removed stay, to be used again), and what a log holds is moved
 * into its own database and nowhere else. So a database has every page that its log does not have, is never longer than
 * the log's last commit says, and the segments that stand in it are the same when the log is added.
 */
import { closeSync, fstatSync, linkSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import './keep_alive';
import SqliteDatabase from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { auditChecksum, BatchRow, segmentChecksum } from './checksums';
import type { CommittedLog } from './log_check';

const DATABASE_HEADER_BYTES = 100;
const PAGE_SIZE_OFFSET = 16;
/** The byte that locks are on: the page with it is never written (https://www.sqlite.org/fileformat2.html). */
const LOCK_BYTE_OFFSET = 0x4000_0000;

interface SegmentRow {
  readonly audit_lines: string;
  readonly audit_checksum: number;
  readonly text: Buffer;
  readonly checksum: number;
}

/** A segment, and what tells it from any other. */
interface Segment {
  readonly sequence: number;
  readonly digest: string;
}

/**
 * Refuses a log that belongs to another database, before SQLite sees the two together.
 *
 * @param file the database, which may be missing or empty: then the log is all there is
 * @param log what the log beside it holds
 * @throws OperationError when they do not belong together
 */
export function requireOwnLog(file: string, log: CommittedLog): void {
  const pages = pagesOf(file);
  if (pages === undefined || pages.count === 0) return;
  if (pages.bytes !== log.pageBytes) throw foreign(file, 'its pages have another size');
  if (pages.count > log.databasePages) throw foreign(file, 'it is of a shorter database');
  const lockPage = Math.floor(LOCK_BYTE_OFFSET / pages.bytes) + 1;
  for (let page = pages.count + 1; page <= log.databasePages; page++) {
    if (!log.pages.has(page) && page !== lockPage) throw incomplete(file);
  }
  requireSameSegments(file);
}

/** Looks at a segment of the database alone, and at the same one with the log. */
function requireSameSegments(file: string): void {
  const alone = withoutLog(file, wholeSegment);
  if (alone === undefined) return;
  const together = withDatabase(file, (database) => {
    const { count, last } = database
      .prepare<[], { count: number; last: number }>(
        'SELECT count(*) AS count, max(sequence) AS last FROM segments',
      )
      .get()!;
    return { isGapless: count === last, segment: segmentAt(database, alone.sequence) };
  });
  // A file that SQLite cannot read is told when it is opened.
  if (together === undefined) return;
  if (together.segment?.digest !== alone.digest) throw foreign(file, 'other bets stand in it');
  if (!together.isGapless) throw incomplete(file);
}

/** The database as it would be without its log: under another name, where SQLite finds none. */
function withoutLog<Result>(
  file: string,
  look: (database: SqliteDatabase.Database) => Result,
): Result | undefined {
  const folder = mkdtempSync(join(dirname(file), '.check-'));
  try {
    const link = join(folder, 'alone.db');
    try {
      linkSync(file, link);
    } catch {
      // A file system without links.
      return undefined;
    }
    return withDatabase(link, look);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns `undefined` for a file that cannot be read: one that a move of the log was cut short in, for example */
function withDatabase<Result>(
  file: string,
  look: (database: SqliteDatabase.Database) => Result,
): Result | undefined {
  let database: SqliteDatabase.Database | undefined;
  try {
    database = new SqliteDatabase(file, { readonly: true });
    return look(database);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}

/**
 * The last segment, or else the first, whichever is whole: a move of the log that was cut short may have written only a
 * part of the last one.
 */
function wholeSegment(database: SqliteDatabase.Database): Segment | undefined {
  const [last, first] = database
    .prepare<[], [number | null, number | null]>('SELECT max(sequence), min(sequence) FROM segments')
    .raw()
    .get() ?? [null, null];
  for (const sequence of [last, first]) {
    const segment = sequence === null ? undefined : segmentAt(database, sequence);
    if (segment !== undefined) return segment;
  }
  return undefined;
}

/** A segment; `undefined` when it is not there, or not what was stored. */
function segmentAt(database: SqliteDatabase.Database, sequence: number): Segment | undefined {
  const row = database
    .prepare<[number], SegmentRow>('SELECT * FROM segments WHERE sequence = ?')
    .get(sequence);
  if (row === undefined) return undefined;
  const batches = database
    .prepare<[number], Omit<BatchRow, 'payload_check'>>(
      `SELECT agency, batch_id, byte_offset, byte_length, bets, last_bet_id FROM batches
       WHERE segment = ? ORDER BY byte_offset`,
    )
    .all(sequence);
  const isWhole =
    auditChecksum(sequence, row.audit_lines) === row.audit_checksum &&
    segmentChecksum(crc32(row.text), batches) === row.checksum;
  return isWhole ? { sequence, digest: `${row.audit_checksum} ${row.checksum}` } : undefined;
}

function pagesOf(file: string): { count: number; bytes: number } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const header = Buffer.alloc(DATABASE_HEADER_BYTES);
    const { size } = fstatSync(descriptor);
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) return undefined;
    const stated = header.readUInt16BE(PAGE_SIZE_OFFSET);
    const bytes = stated === 1 ? 65_536 : stated;
    // Anything else is no database, which is told when it is opened.
    return bytes >= 512 ? { count: Math.floor(size / bytes), bytes } : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function foreign(file: string, what: string): OperationError {
  return new OperationError(
    `${file}: the log ${file}-wal beside it is another ledger's: ${what}. ${advice(file)}`,
  );
}

function incomplete(file: string): OperationError {
  return new OperationError(
    `${file}: the ledger is damaged: it was cut off, or the log ${file}-wal beside it is another ledger's: what was ` +
      `stored before the log is missing. ${advice(file)}`,
  );
}

function advice(file: string): string {
  return (
    `If ${file} is a copy that was put here, restore it into a new folder (npm run restore -- COPY --into DIR) and ` +
    'leave this one as it is'
  );
}
