import type { Database, Statement } from 'better-sqlite3';

import { SEMICOLON } from '../../../protocol/ascii';
import { textCheck } from '../../../protocol/payload_check';
import type { BatchCheck, LedgerBatch } from '../operation';
import type { LogPlace } from '../log_place';
import { auditChecksum, BatchRow, segmentChecksum, textChecksum } from './checksums';
import type { ReadBudget } from './read_budget';

/** Where a batch is stored. */
export interface StoredPlace {
  readonly segment: number;
  readonly byte_offset: number;
  readonly byte_length: number;
}

/** What a batch's check value is made of. */
type CheckedRow = Pick<BatchRow, 'batch_id' | 'byte_length' | 'last_bet_id' | 'payload_check'>;

/** A batch that waits for its segment to be written, and where its text lies in what was submitted. */
interface NewBatch extends BatchRow {
  readonly start: number;
  readonly end: number;
}

/**
 * Writes batches: the rows of `batches` one by one, the texts together as one segment, with the lines of the audit log.
 *
 * Use, within a transaction: `begin` with the joined texts, `insert` for each batch, `end`.
 */
export class BatchTable {
  readonly #insertRow: Statement<[number, number, number, number, number, number, number, number]>;
  readonly #insertSegment: Statement<[number, string, number, Uint8Array, number]>;
  readonly #selectPlace: Statement<[number, number], StoredPlace>;
  readonly #selectChecks: Statement<[number, number, number], CheckedRow>;
  readonly #selectText: Statement<[number], { text: Buffer }>;
  readonly #selectLength: Statement<[number], number>;
  #segment: number;
  #text: Uint8Array = new Uint8Array(0);
  /** In the order of their `byte_offset`. */
  #new: NewBatch[] = [];
  #newBytes = 0;
  /** The segment that was read last: batches that come again often come in the order in which they were stored. */
  #lastRead: { readonly segment: number; readonly text: Buffer } | undefined;
  readonly #budget: ReadBudget;

  /** @param budget asked before a segment is read */
  constructor(database: Database, budget: ReadBudget) {
    this.#budget = budget;
    this.#insertRow = database.prepare(
      `INSERT INTO batches (agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id, payload_check)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#insertSegment = database.prepare(
      'INSERT INTO segments (sequence, audit_lines, audit_checksum, text, checksum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#selectPlace = database.prepare(
      'SELECT segment, byte_offset, byte_length FROM batches WHERE agency = ? AND batch_id = ?',
    );
    this.#selectChecks = database.prepare(
      `SELECT batch_id, byte_length, last_bet_id, payload_check FROM batches
       WHERE agency = ? AND batch_id > ? ORDER BY batch_id LIMIT ?`,
    );
    this.#selectText = database.prepare('SELECT text FROM segments WHERE sequence = ?');
    // Of a text of bytes, SQLite knows the length without reading it.
    this.#selectLength = database
      .prepare<[number], number>('SELECT length(text) FROM segments WHERE sequence = ?')
      .pluck();
    const last = database.prepare<[], { sequence: number | null }>(
      'SELECT max(sequence) AS sequence FROM segments',
    );
    this.#segment = last.get()?.sequence ?? 0;
  }

  /** The sequence number of the last segment that holds a batch, one that was begun and not ended included. */
  get lastSegment(): number {
    return this.#new.length === 0 ? this.#segment : this.#segment + 1;
  }

  /** The sequence number of the segment that is begun, or will be next. */
  get openSegment(): number {
    return this.#segment + 1;
  }

  /** Begins a segment. */
  begin(text: Uint8Array): void {
    this.#text = text;
    this.#new = [];
    this.#newBytes = 0;
  }

  /**
   * Adds a batch whose text lies from `start` to `end` of what `begin` was given.
   *
   * @returns where it is stored; `undefined` when its id is taken
   */
  insert(
    { agency, batchId, betCount, lastBetId }: Omit<LedgerBatch, 'text'>,
    start: number,
    end: number,
  ): LogPlace | undefined {
    const offset = this.#newBytes === 0 ? 0 : this.#newBytes + 1;
    const length = end - start;
    const check = textCheck(this.#text.subarray(start, end));
    const { changes } = this.#insertRow.run(
      agency,
      batchId,
      this.#segment + 1,
      offset,
      length,
      betCount,
      lastBetId,
      check,
    );
    if (changes === 0) return undefined;
    this.#new.push({
      agency,
      batch_id: batchId,
      byte_offset: offset,
      byte_length: length,
      bets: betCount,
      last_bet_id: lastBetId,
      payload_check: check,
      start,
      end,
    });
    this.#newBytes = offset + length;
    return { sequence: this.#segment + 1, position: offset };
  }

  /** Where the batch with this id is stored, in the segment that was begun too; `undefined` where there is none. */
  find(agency: number, batchId: number): StoredPlace | undefined {
    return this.#selectPlace.get(agency, batchId);
  }

  /**
   * Whether a stored batch has the text from `start` to `end` of what `begin` was given. A text of another length is told
   * without reading anything.
   *
   * @throws ReadPostponed
   */
  hasText(place: StoredPlace, start: number, end: number): boolean {
    if (place.byte_length !== end - start) return false;
    const stored = this.#isNew(place) ? this.#newText(place) : this.#storedText(place);
    return stored !== undefined && Buffer.compare(stored, this.#text.subarray(start, end)) === 0;
  }

  /** Writes the segment, if there is anything in it. @param lines those of the audit log, each with its line feed */
  end(lines: string): void {
    if (this.#new.length === 0 && lines === '') return;
    const text = this.#newBytes === this.#text.length ? this.#text : this.#joinNew();
    const sequence = ++this.#segment;
    this.#insertSegment.run(
      sequence,
      lines,
      auditChecksum(sequence, lines),
      text,
      segmentChecksum(textChecksum(this.#new), this.#new),
    );
    this.#new = [];
  }

  /**
   * A copy of the text of a batch, one of the segment that was begun included; `undefined` where none has this id.
   *
   * @throws ReadPostponed
   */
  copyText(agency: number, batchId: number): Uint8Array | undefined {
    const place = this.find(agency, batchId);
    if (place === undefined) return undefined;
    const isInMemory = this.#isNew(place) || this.#lastRead?.segment === place.segment;
    if (isInMemory) this.#budget.spend(place.byte_length);
    const text = this.#isNew(place) ? this.#newText(place) : this.#storedText(place);
    // Not from the pool: the memory goes to another thread.
    return text && new Uint8Array(text);
  }

  #isNew({ segment }: StoredPlace): boolean {
    return segment > this.#segment;
  }

  /** The text of a batch of the segment that was begun. */
  #newText({ byte_offset: offset }: StoredPlace): Uint8Array | undefined {
    let [low, high] = [0, this.#new.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#new[middle]!.byte_offset < offset) low = middle + 1;
      else high = middle;
    }
    const batch = this.#new[low];
    return batch && this.#text.subarray(batch.start, batch.end);
  }

  /** SQLite reads a segment as a whole, which is bounded (writer.ts). @throws ReadPostponed */
  #storedText({ segment, byte_offset: offset, byte_length: length }: StoredPlace): Uint8Array | undefined {
    if (this.#lastRead?.segment !== segment) {
      this.#budget.spend(this.#selectLength.get(segment) ?? 0);
      const row = this.#selectText.get(segment);
      this.#lastRead = row && { segment, text: row.text };
    }
    return this.#lastRead?.text.subarray(offset, offset + length);
  }

  /** The check values of the batches from `after` + 1 on, up to one that is not stored, at most `limit`. */
  checksAfter(agency: number, after: number, limit: number): BatchCheck[] {
    const checks: BatchCheck[] = [];
    for (const row of this.#selectChecks.all(agency, after, limit)) {
      if (row.batch_id !== after + checks.length + 1) break;
      const { last_bet_id: lastBetId, byte_length: length, payload_check: check } = row;
      checks.push({ lastBetId, payloadBytes: length + 1, check });
    }
    return checks;
  }

  /** The texts of only the added batches: some of what was submitted was not stored. */
  #joinNew(): Uint8Array {
    const joined = Buffer.alloc(this.#newBytes, SEMICOLON);
    let offset = 0;
    for (const { start, end } of this.#new) {
      joined.set(this.#text.subarray(start, end), offset);
      offset += end - start + 1;
    }
    return joined;
  }
}
