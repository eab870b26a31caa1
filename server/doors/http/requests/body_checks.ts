import type { CheckedBatch } from '../../../../protocol/checked_batch';
import { BatchHead, checkBatchBody } from '../batches/batch_body';
import { Refusal } from '../refusals/problem';
import type { CheckPool } from '../workers/check_pool';
import type { Body } from './body';
import type { Exchange } from './exchange';

/**
 * A body up to this length is checked where it is: that takes half a millisecond at the most, and less than to hand it over and
 * to wake a worker takes in all.
 */
export const SMALL_BODY_BYTES = 32 * 1024;

/** Where the bodies of batches are checked: in workers, if there are any and it pays, or at once. */
export class BodyChecks {
  readonly #pool: CheckPool | undefined;

  constructor(pool: CheckPool | undefined) {
    this.#pool = pool;
  }

  /**
   * Requires that a body can be checked once it has arrived, before it is read.
   *
   * @throws Refusal `unavailable` when too many wait for their check
   */
  requireRoom({ request }: Exchange): void {
    const saidBytes = Number(request.headers['content-length'] ?? Infinity);
    if (this.#pool === undefined || this.#pool.hasRoom || saidBytes <= SMALL_BODY_BYTES) return;
    throw new Refusal('unavailable', 'too many batches wait for their check: try again later');
  }

  /**
   * Reads and checks a batch.
   *
   * @param body is of no use afterwards
   * @returns a promise only where it was handed over
   * @throws Refusal as `checkBatchBody`, and as `CheckPool.check`
   */
  check(head: BatchHead, { bytes }: Body, exchange: Exchange): CheckedBatch | Promise<CheckedBatch> {
    if (this.#pool === undefined || bytes.length <= SMALL_BODY_BYTES) return checkBatchBody(head, bytes);
    return this.#pool.check(head, bytes, exchange.abandoned);
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await this.#pool?.close();
  }
}
