import type { Database } from 'better-sqlite3';

import { forEachDocumentWithNumber } from '../../../protocol/bet_text';
import type { FoundWinners } from '../draw';
import { LedgerDamaged } from '../ledger';
import { BatchRow, isSegmentWhole } from './checksums';

interface SegmentRow {
  readonly sequence: number;
  readonly text: Buffer;
  readonly checksum: number;
}

interface PlacedBatchRow extends BatchRow {
  readonly segment: number;
}

/** The documents that one batch has won with. */
interface WinningBatch {
  readonly batchId: number;
  readonly documents: string[];
}

/**
 * Reads every bet of a ledger and finds those on the winner number.
 *
 * Each segment is held against its checksum, its batches must fill it without a gap, and no segment may be missing:
 * a damaged ledger is found here and never drawn from.
 *
 * @throws LedgerDamaged
 */
export function scanForWinners(database: Database, winnerNumber: number): FoundWinners {
  const batches = database
    .prepare<[], PlacedBatchRow>('SELECT * FROM batches ORDER BY segment, byte_offset')
    .iterate();
  try {
    return scanSegments(database, batches, winnerNumber);
  } finally {
    // An iterator that is left in the middle keeps the database from being closed.
    batches.return?.();
  }
}

function scanSegments(
  database: Database,
  batches: IterableIterator<PlacedBatchRow>,
  winnerNumber: number,
): FoundWinners {
  const segments = database
    .prepare<[], SegmentRow>('SELECT sequence, text, checksum FROM segments ORDER BY sequence')
    .iterate();
  const won = new Map<number, WinningBatch[]>();
  let bets = 0;
  let segmentCount = 0;
  for (const segment of segments) {
    if (segment.sequence !== ++segmentCount) throw damaged(segmentCount);
    const rows = batchesOf(segment, batches);
    if (!isSegmentWhole(segment.text, rows, segment.checksum)) throw damaged(segment.sequence);
    for (const row of rows) {
      collectWinners(won, row, segment.text, winnerNumber);
      bets += row.bets;
    }
  }
  if (segmentCount < lastSegmentBeforeFin(database)) throw damaged(segmentCount + 1);
  if (batches.next().done !== true) throw new LedgerDamaged('a batch without its segment');
  return { bets, winners: inOrder(won) };
}

/** The last segment that an agency's FIN came behind. */
function lastSegmentBeforeFin(database: Database): number {
  const row = database
    .prepare<[], { segment: number | null }>('SELECT max(after_segment) AS segment FROM finished_agencies')
    .get();
  return row?.segment ?? 0;
}

/** Takes the rows of one segment's batches, which must fill it without a gap. */
function batchesOf(segment: SegmentRow, batches: IterableIterator<PlacedBatchRow>): PlacedBatchRow[] {
  const rows: PlacedBatchRow[] = [];
  if (segment.text.length === 0) return rows;
  for (let offset = 0; offset <= segment.text.length;) {
    const next = batches.next();
    if (next.done === true) throw damaged(segment.sequence);
    const row = next.value;
    if (row.segment !== segment.sequence || row.byte_offset !== offset) throw damaged(segment.sequence);
    rows.push(row);
    offset += row.byte_length + 1;
  }
  return rows;
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
