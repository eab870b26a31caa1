import type { Database } from 'better-sqlite3';

import { forEachDocumentWithNumber } from '../../../protocol/bet_text';
import type { FoundWinners } from '../draw';
import { LedgerDamaged } from '../ledger';
import { BatchRow, isSegmentWhole } from './checksums';

type SegmentRow = [sequence: number, text: Buffer, checksum: number];

interface PlacedBatchRow extends BatchRow {
  readonly segment: number;
}

/** Columns of `batches`; as arrays, rows are read in half of the time. */
const BATCH_COLUMNS = 'agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id, payload_check';
type BatchColumns = [number, number, number, number, number, number, number, number];

/** The documents that one batch has won with. */
interface WinningBatch {
  readonly batchId: number;
  readonly documents: string[];
}

/** One of several parts of a ledger, which are read at once: of each that many blocks of segments, the one with its index. */
export interface ScanPart {
  readonly index: number;
  readonly parts: number;
}

/** What was found in a part. */
export interface PartFound {
  readonly bets: number;
  /** By agency. */
  readonly won: ReadonlyMap<number, readonly WinningBatch[]>;
}

/** Segments that belong to the same part: enough of them lie side by side to be read ahead. */
export const BLOCK_SEGMENTS = 16;
const WHOLE: ScanPart = { index: 0, parts: 1 };

/**
 * Reads every bet of a ledger and finds those on the winner number.
 *
 * Each segment is held against its checksum, its batches must fill it without a gap, and no segment may be missing:
 * a damaged ledger is found here and never drawn from.
 *
 * @throws LedgerDamaged
 */
export function scanForWinners(database: Database, winnerNumber: number): FoundWinners {
  return joinParts([scanPart(database, winnerNumber, WHOLE)]);
}

/** Does so for a part of the ledger. Together all parts find what is damaged. @throws LedgerDamaged */
export function scanPart(database: Database, winnerNumber: number, part: ScanPart): PartFound {
  const inPart = (segment: string): string =>
    `abs((${segment} - 1) / ${BLOCK_SEGMENTS}) % ${part.parts} = ${part.index}`;
  const batches = database
    .prepare<[], BatchColumns>(
      `SELECT ${BATCH_COLUMNS} FROM batches WHERE ${inPart('segment')} ORDER BY segment, byte_offset`,
    )
    .raw()
    .iterate();
  const segments = database
    .prepare<[], SegmentRow>(
      `SELECT sequence, text, checksum FROM segments WHERE ${inPart('sequence')} ORDER BY sequence`,
    )
    .raw()
    .iterate();
  try {
    return scanSegments(segments, batches, { winnerNumber, part, atLeast: lastSegmentBeforeFin(database) });
  } finally {
    // An iterator that is left in the middle keeps the database from being closed.
    batches.return?.();
    segments.return?.();
  }
}

/** Puts together what was found in all parts. */
export function joinParts(parts: readonly PartFound[]): FoundWinners {
  const won = new Map<number, WinningBatch[]>();
  let bets = 0;
  for (const part of parts) {
    bets += part.bets;
    for (const [agency, batches] of part.won) won.set(agency, [...(won.get(agency) ?? []), ...batches]);
  }
  return { bets, winners: inOrder(won) };
}

interface Search {
  readonly winnerNumber: number;
  readonly part: ScanPart;
  /** The segment up to which none may be missing. */
  readonly atLeast: number;
}

function scanSegments(
  segments: IterableIterator<SegmentRow>,
  batches: IterableIterator<BatchColumns>,
  { winnerNumber, part, atLeast }: Search,
): PartFound {
  const won = new Map<number, WinningBatch[]>();
  let bets = 0;
  let expected = part.index * BLOCK_SEGMENTS + 1;
  for (const [sequence, text, checksum] of segments) {
    if (sequence !== expected) throw damaged(expected);
    const rows = batchesOf(sequence, text.length, batches);
    if (!isSegmentWhole(text, rows, checksum)) throw damaged(sequence);
    for (const row of rows) {
      collectWinners(won, row, text, winnerNumber);
      bets += row.bets;
    }
    expected = nextInPart(sequence, part);
  }
  if (expected <= atLeast) throw damaged(expected);
  if (batches.next().done !== true) throw new LedgerDamaged('a batch without its segment');
  return { bets, won };
}

/** The segment that follows in the same part. */
function nextInPart(sequence: number, { parts }: ScanPart): number {
  const isLastOfBlock = sequence % BLOCK_SEGMENTS === 0;
  return sequence + 1 + (isLastOfBlock ? (parts - 1) * BLOCK_SEGMENTS : 0);
}

/** The last segment that an agency's FIN came behind. */
function lastSegmentBeforeFin(database: Database): number {
  const row = database
    .prepare<[], { segment: number | null }>('SELECT max(after_segment) AS segment FROM finished_agencies')
    .get();
  return row?.segment ?? 0;
}

/** Takes the rows of one segment's batches, which must fill it without a gap. */
function batchesOf(
  sequence: number,
  textBytes: number,
  batches: IterableIterator<BatchColumns>,
): PlacedBatchRow[] {
  const rows: PlacedBatchRow[] = [];
  if (textBytes === 0) return rows;
  for (let offset = 0; offset <= textBytes;) {
    const next = batches.next();
    if (next.done === true) throw damaged(sequence);
    const row = placedBatch(next.value);
    if (row.segment !== sequence || row.byte_offset !== offset) throw damaged(sequence);
    rows.push(row);
    offset += row.byte_length + 1;
  }
  return rows;
}

function placedBatch(columns: BatchColumns): PlacedBatchRow {
  const [agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id, payload_check] = columns;
  return { agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id, payload_check };
}

function collectWinners(
  won: Map<number, WinningBatch[]>,
  { agency, batch_id: batchId, byte_offset: start, byte_length: length }: BatchRow,
  segment: Buffer,
  winnerNumber: number,
): void {
  const documents: string[] = [];
  const text = segment.subarray(start, start + length);
  forEachDocumentWithNumber(text, winnerNumber, (document) => documents.push(document));
  if (documents.length === 0) return;
  const ofAgency = won.get(agency);
  if (ofAgency === undefined) won.set(agency, [{ batchId, documents }]);
  else ofAgency.push({ batchId, documents });
}

/** In the order of batch ids, whatever the order in which the batches came: the same bets give the same WIN. */
function inOrder(won: Map<number, WinningBatch[]>): Map<number, string> {
  const winners = new Map<number, string>();
  for (const [agency, batches] of won) {
    batches.sort((one, other) => one.batchId - other.batchId);
    winners.set(agency, batches.map(({ documents }) => documents.join(',')).join(','));
  }
  return winners;
}

function damaged(sequence: number): LedgerDamaged {
  return new LedgerDamaged(`segment ${sequence} is not what was stored`);
}
