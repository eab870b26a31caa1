import { join } from 'node:path';

import './keep_alive';
import SqliteDatabase, { Database, Statement } from 'better-sqlite3';

import { oneLine, OperationError } from '../../../program/exit';
import type { Draw } from '../draw';
import { Leaf, LeafLine, leafLines, LeafSegment, LeafSource } from '../leaf_source';
import { LedgerDamaged } from '../ledger';
import { auditChecksum, BatchRow, isSegmentWhole } from './checksums';
import { requireLedger } from './file_checks';
import { SmallTables } from './small_tables';
import { LEDGER_FILE } from './store';

interface SegmentRow {
  readonly sequence: number;
  readonly audit_lines: string;
  readonly audit_checksum: number;
  readonly text: Buffer;
  readonly checksum: number;
}

/** Segments that are read at once: no transaction stays open while the caller works. */
const SEGMENTS_AT_ONCE = 8;

/**
 * Follows a ledger's file. A commit is seen by others once it is synced: SQLite writes the index of its log, which
 * readers go by, behind the sync of the log.
 */
export class SqliteLeafSource implements LeafSource {
  readonly #database: Database;
  readonly #segments: Statement<[number], SegmentRow>;
  readonly #text: Statement<[number], Pick<SegmentRow, 'sequence' | 'text'>>;
  readonly #batch: Statement<[number, number], BatchRow & { readonly segment: number }>;
  /** The text of the segment that was read last: batches that follow each other are in the same. */
  #lastText: Pick<SegmentRow, 'sequence' | 'text'> | undefined;

  /** @throws OperationError when there is no ledger of this version in the folder */
  constructor(folder: string) {
    const file = join(folder, LEDGER_FILE);
    try {
      this.#database = new SqliteDatabase(file, { readonly: true, fileMustExist: true });
      requireLedger(this.#database, file);
      this.#segments = this.#database.prepare(
        `SELECT sequence, audit_lines, audit_checksum, text, checksum FROM segments WHERE sequence > ?
         ORDER BY sequence LIMIT ${SEGMENTS_AT_ONCE}`,
      );
      this.#text = this.#database.prepare('SELECT sequence, text FROM segments WHERE sequence = ?');
      this.#batch = this.#database.prepare('SELECT * FROM batches WHERE agency = ? AND batch_id = ?');
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(`${file}: ${oneLine(error)}`);
    }
  }

  *read(after: number): Generator<LeafSegment> {
    let last = after;
    for (let rows = this.#segments.all(last); rows.length > 0; rows = this.#segments.all(last)) {
      for (const row of rows) {
        if (row.sequence !== ++last) throw damaged(last);
        yield { sequence: last, leaves: this.#leavesOf(row) };
      }
    }
  }

  batchText(agency: number, batchId: number): Promise<Buffer> {
    const row = this.#batch.get(agency, batchId);
    if (row === undefined) throw new LedgerDamaged(`batch ${batchId} of agency ${agency} is gone`);
    if (this.#lastText?.sequence !== row.segment) this.#lastText = this.#text.get(row.segment);
    if (this.#lastText === undefined) throw damaged(row.segment);
    return Promise.resolve(this.#lastText.text.subarray(row.byte_offset, row.byte_offset + row.byte_length));
  }

  draw(): Promise<Draw | undefined> {
    return Promise.resolve(new SmallTables(this.#database).readDraw());
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #leavesOf(segment: SegmentRow): Leaf[] {
    const { sequence, audit_lines: lines, audit_checksum: check } = segment;
    if (auditChecksum(sequence, lines) !== check) throw damaged(sequence);
    const rows: BatchRow[] = [];
    const leaves = Array.from(leafLines(lines), (line) => this.#leafOf(line, segment, rows));
    if (!isSegmentWhole(segment.text, rows, segment.checksum)) throw damaged(sequence);
    return leaves;
  }

  /** @param rows those of the segment's batches so far: one more is added */
  #leafOf(line: LeafLine, segment: SegmentRow, rows: BatchRow[]): Leaf {
    if (line.kind !== 'batch') return line;
    const row = this.#batch.get(line.agency, line.batchId);
    if (row === undefined || row.segment !== segment.sequence) throw damaged(segment.sequence);
    rows.push(row);
    const { byte_offset: start, byte_length: length, bets, last_bet_id: lastBetId } = row;
    return { ...line, bets, lastBetId, text: segment.text.subarray(start, start + length) };
  }
}

function damaged(sequence: number): LedgerDamaged {
  return new LedgerDamaged(`segment ${sequence} is not what was stored`);
}
