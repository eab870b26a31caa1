/** What the main thread and a worker say to each other: a body goes one way, a checked text or a refusal the other. */
import type { CheckedBatch } from '../../../../protocol/checked_batch';
import { oneLine } from '../../../../program/exit';
import { BatchHead, checkBatchBody } from '../batches/batch_body';
import { Refusal } from '../refusals/problem';

/** A body to be checked. Its memory is handed over: the sender has it no more. */
export interface CheckRequest {
  readonly head: BatchHead;
  readonly body: Uint8Array;
}

/** What came out: a batch whose text is handed over, a refusal, or a mistake of the program. */
export type CheckAnswer =
  | { readonly kind: 'checked'; readonly batch: Omit<CheckedBatch, 'text'> & { readonly text: Uint8Array } }
  | { readonly kind: 'refused'; readonly refusal: Pick<Refusal, 'code' | 'message' | 'details'> }
  | { readonly kind: 'failed'; readonly reason: string };

/** Checks a body, as a worker does. */
export function answerTo({ head, body }: CheckRequest): CheckAnswer {
  try {
    return { kind: 'checked', batch: checkBatchBody(head, bufferOf(body)) };
  } catch (error) {
    if (!(error instanceof Refusal)) return { kind: 'failed', reason: oneLine(error) };
    const { code, message, details } = error;
    return { kind: 'refused', refusal: { code, message, details } };
  }
}

/** The memory that an answer hands over. A short text lies in memory that others share, and is copied. */
export function transferOf(answer: CheckAnswer): ArrayBuffer[] {
  if (answer.kind !== 'checked' || answer.batch.text.length <= Buffer.poolSize) return [];
  const { buffer } = answer.batch.text;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}

/**
 * What an answer stands for.
 *
 * @throws Refusal as {@link checkBatchBody}; Error for a mistake of the program
 */
export function checkedOf(answer: CheckAnswer): CheckedBatch {
  switch (answer.kind) {
    case 'checked':
      return { ...answer.batch, text: bufferOf(answer.batch.text) };
    case 'refused':
      throw new Refusal(answer.refusal.code, answer.refusal.message, answer.refusal.details);
    case 'failed':
      throw new Error(answer.reason);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
