/** The body of a batch: the forms that it can have, and its check. The same code wherever it runs. */
import type { CheckedBatch } from '../../../../protocol/checked_batch';
import { readCsvBatch } from './csv_batch';
import { checkGivenBatch, GivenBatch } from './given_batch';
import { readJsonBatch } from './json_batch';

/** Reads a batch from a body. */
type BatchReader = (agency: number, body: Buffer) => GivenBatch;

const READERS = {
  'application/json': readJsonBatch,
  'text/csv': readCsvBatch,
} as const satisfies Record<string, BatchReader>;

/** The media type of a batch. */
export type BatchForm = keyof typeof READERS;

/** What is known of a batch before its body is looked at. */
export interface BatchHead {
  readonly form: BatchForm;
  /** The agency and the id that its path names. */
  readonly agency: number;
  readonly batchId: number;
  /** The longest payload. */
  readonly maxPayloadBytes: number;
}

/** Whether a batch can have this media type. */
export function isBatchForm(mediaType: string): mediaType is BatchForm {
  return Object.hasOwn(READERS, mediaType);
}

/**
 * Reads and checks a batch.
 *
 * @throws Refusal `bad-request`, `bad-batch` or `too-large`
 */
export function checkBatchBody(
  { form, agency, batchId, maxPayloadBytes }: BatchHead,
  body: Buffer,
): CheckedBatch {
  return checkGivenBatch(READERS[form](agency, body), batchId, maxPayloadBytes);
}
