import { createHash } from 'node:crypto';

import { textCheck } from '../../../protocol/payload_check';
import type { LedgerBatch } from '../operation';

/** A batch with its own copy of the text, its digest and its check value. */
export interface DigestedBatch extends LedgerBatch {
  /** {@link batchDigest} */
  readonly digest: Buffer;
  /** CRC-32 of its payload (protocol/payload_check.ts). */
  readonly check: number;
}

/**
 * Copies a batch, so that the caller may change the bytes, and computes its digest and check value. This is done when the batch is put,
 * while the group before is carried out, rather than when its own group is sent.
 */
export function withDigest(batch: LedgerBatch): DigestedBatch {
  const { agency, batchId, betCount, lastBetId } = batch;
  const text = Buffer.from(batch.text);
  return { agency, batchId, betCount, lastBetId, text, digest: batchDigest(batch), check: textCheck(text) };
}

/**
 * What a stored batch is checked against before the draw: SHA-256 of its numbers and its text.
 *
 * @returns 32 bytes
 */
export function batchDigest({ agency, batchId, betCount, lastBetId, text }: LedgerBatch): Buffer {
  return createHash('sha256').update(`${agency},${batchId},${betCount},${lastBetId};`).update(text).digest();
}
