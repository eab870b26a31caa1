/** The chain of an agency's batches (PROTOCOL.md, R29), made from its own rows. */
import { REQUEST_HEADER_BYTES } from '../../protocol/limits';
import { batchDigest, batchSalt, commitment, nextChain } from '../../transparency/draw/commitments';
import type { Batch, BatchSource, StartingPoint } from '../batch_source';

/** The digest of a batch of the agency, as its commitment has it. */
export function digestOf(agency: number, { batchId, betCount, lastBetId, bytes }: Batch): Buffer {
  // Without the `;` that the payload begins with, and the line feed behind it.
  const text = bytes.subarray(REQUEST_HEADER_BYTES + 1, -1);
  return batchDigest({ agency, batchId, bets: betCount, lastBetId }, text);
}

/** From where to where a chain is made. */
export interface ChainSpan {
  readonly agency: number;
  /** What the salts are made from. */
  readonly agencyKey: Buffer;
  readonly from: StartingPoint;
  /** The chain up to there. */
  readonly chain: Buffer;
  readonly upTo: StartingPoint;
}

/**
 * The chain up to a batch. The rows are gone through for it.
 *
 * @param source of the agency's rows, not started; closed afterwards
 * @returns `undefined` when the rows, cut from `from` on, do not come to that batch
 * @throws OperationError when the rows cannot be read, or are not what they were
 */
export async function chainOf(source: BatchSource, span: ChainSpan): Promise<Buffer | undefined> {
  const { agency, agencyKey, upTo } = span;
  let { chain } = span;
  let { lastBatchId, lastBetId, bets } = span.from;
  if (lastBatchId < upTo.lastBatchId) {
    for await (const batch of batchesOf(source, span.from)) {
      chain = nextChain(chain, commitment(batchSalt(agencyKey, batch.batchId), digestOf(agency, batch)));
      ({ batchId: lastBatchId, lastBetId } = batch);
      bets += batch.betCount;
      source.takeBack(batch);
      if (lastBatchId === upTo.lastBatchId) break;
    }
  }
  return lastBatchId === upTo.lastBatchId && lastBetId === upTo.lastBetId && bets === upTo.bets
    ? chain
    : undefined;
}

/** The batches of a source, one after another, until it ends or is not gone through any further. */
async function* batchesOf(source: BatchSource, from: StartingPoint): AsyncGenerator<Batch, void> {
  let failure: Error | undefined;
  let wake: () => void = () => undefined;
  source.start(
    from,
    () => wake(),
    (error) => {
      failure = error;
      wake();
    },
  );
  try {
    for (;;) {
      if (failure !== undefined) throw failure;
      const batch = source.next();
      if (batch !== undefined) yield batch;
      else if (source.isAtEnd) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    source.close();
  }
}
