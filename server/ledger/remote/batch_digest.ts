import { createHash } from 'node:crypto';

import type { LedgerBatch } from '../operation';

/** A batch with its own copy of the text, and its digest. */
export interface DigestedBatch extends LedgerBatch {
  /** {@link batchDigest} */
  readonly digest: Buffer;
}

/**
 * Copies a batch, so that the caller may change the bytes, and computes its digest. This is done when the batch is put,
 * while the group before is carried out, rather than when its own group is sent.
 */
export function withDigest(batch: LedgerBatch): DigestedBatch {
  const { agency, batchId, betCount, lastBetId } = batch;
  return { agency, batchId, betCount, lastBetId, text: Buffer.from(batch.text), digest: batchDigest(batch) };
}

/**
 * What a stored batch is checked against before the draw: SHA-256 of its numbers and its text.
 *
 * @returns 32 bytes
 */
export function batchDigest({ agency, batchId, betCount, lastBetId, text }: LedgerBatch): Buffer {
  return createHash('sha256').update(`${agency},${batchId},${betCount},${lastBetId};`).update(text).digest();
}
