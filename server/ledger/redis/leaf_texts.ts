/** The batches that lines of the audit log name, with their texts, each held against what was stored with it. */
import type { LeafBatch, LeafLine } from '../leaf_source';
import { LedgerDamaged } from '../ledger';
import { batchDigest } from '../remote/batch_digest';
import type { BatchHead } from './batch_head';
import type { Connection } from './connection';
import { readHeads, readTexts } from './draw_scan';

/** A batch of a line, as it was stored, without its text. */
export interface NamedBatch extends Extract<LeafLine, { readonly kind: 'batch' }> {
  readonly head: BatchHead;
}

/** What a line tells; a batch, with what is kept beside its text. */
export type HeadedLine = Exclude<LeafLine, { readonly kind: 'batch' }> | NamedBatch;

/** A part of a segment, or all of it. */
export interface HeadedSegment {
  readonly sequence: number;
  readonly lines: readonly HeadedLine[];
}

/**
 * Reads the heads of the batches of some segments.
 *
 * @param segments the lines of each
 * @throws LedgerDamaged when a batch is not there, or is not of its segment
 */
export async function withHeads(
  connection: Connection,
  segments: readonly { readonly sequence: number; readonly lines: readonly LeafLine[] }[],
): Promise<readonly HeadedSegment[]> {
  const names = segments.flatMap(({ lines }) => lines).filter((line) => line.kind === 'batch');
  const heads = await readByAgency(names, (agency, ids) => readHeads(connection, agency, ids));
  let next = 0;
  return segments.map(({ sequence, lines }) => ({
    sequence,
    lines: lines.map((line) => {
      if (line.kind !== 'batch') return line;
      const head = heads[next++];
      if (head?.place.sequence !== sequence) throw notAsStored(line);
      return { ...line, head };
    }),
  }));
}

/**
 * Reads the texts of batches.
 *
 * @returns the batches as leaves, in the order of `batches`
 * @throws LedgerDamaged when a text is not there, or is not what was stored
 */
export async function withTexts(
  connection: Connection,
  batches: readonly NamedBatch[],
): Promise<readonly LeafBatch[]> {
  const texts = await readByAgency(batches, (agency, ids) => readTexts(connection, agency, ids));
  return batches.map((batch, index) => {
    const { kind, agency, batchId, head } = batch;
    const { bets, lastBetId, digest } = head;
    const text = texts[index];
    if (text === null || text === undefined) throw notAsStored(batch);
    if (!batchDigest({ agency, batchId, betCount: bets, lastBetId, text }).equals(digest)) {
      throw notAsStored(batch);
    }
    return { kind, agency, batchId, bets, lastBetId, text };
  });
}

/** Parts of consecutive segments whose texts come to about so many bytes, one segment more at most. */
export function* partsOf(
  segments: readonly HeadedSegment[],
  maxBytes: number,
): Generator<readonly HeadedSegment[]> {
  let [part, bytes] = [[] as HeadedSegment[], 0];
  for (const segment of segments) {
    part.push(segment);
    for (const line of segment.lines) bytes += line.kind === 'batch' ? line.head.textBytes : 0;
    if (bytes < maxBytes) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

/** What is to be told of a batch that is not there, or not as it was stored. */
export function notAsStored({ agency, batchId }: Pick<LeafBatch, 'agency' | 'batchId'>): LedgerDamaged {
  return new LedgerDamaged(`batch ${batchId} of agency ${agency} is not what was stored`);
}

/** Reads something of each batch, with one command for each agency, all sent at once. @returns in the order of `batches` */
async function readByAgency<Value>(
  batches: readonly Pick<LeafBatch, 'agency' | 'batchId'>[],
  read: (agency: number, batchIds: readonly number[]) => Promise<readonly Value[]>,
): Promise<readonly Value[]> {
  const byAgency = new Map<number, { readonly batchIds: number[]; readonly indexes: number[] }>();
  for (const [index, { agency, batchId }] of batches.entries()) {
    let own = byAgency.get(agency);
    if (own === undefined) byAgency.set(agency, (own = { batchIds: [], indexes: [] }));
    own.batchIds.push(batchId);
    own.indexes.push(index);
  }
  const values = new Array<Value>(batches.length);
  await Promise.all(
    [...byAgency].map(async ([agency, { batchIds, indexes }]) => {
      const found = await read(agency, batchIds);
      for (const [index, value] of found.entries()) values[indexes[index]!] = value;
    }),
  );
  return values;
}
