import type { SignedReceipt } from './signed_receipt';
import { WrongReceipt } from './wrong_receipt';

/** More than this are not held against each other: the oldest go. */
const MAX_SEEN = 1_000;
/** What stands for the FIN: behind every batch. */
const FINISH_RANK = Infinity;

interface Seen {
  readonly rank: number;
  readonly index: number;
  readonly size: number;
  readonly root: Buffer;
  readonly receipt: Buffer;
}

/**
 * The receipts of a run, held against each other as far as can be told without the log: trees of one size have one root,
 * and an agency's leaves stand in the order of its batches. Later receipts may have a smaller tree: another server's.
 */
export class SeenReceipts {
  #seen: Seen[] = [];

  /**
   * Adds a receipt.
   *
   * @param batchId of its batch; 0 for the FIN
   * @param receipt all of it
   * @throws WrongReceipt, with the other, when it contradicts an earlier one
   */
  add(batchId: number, { checkpoint: { size, root }, index }: SignedReceipt, receipt: Buffer): void {
    const rank = batchId === 0 ? FINISH_RANK : batchId;
    for (const other of this.#seen) {
      if (other.size === size && !other.root.equals(root))
        throw new WrongReceipt(`the log has signed two trees of ${size} leaves`, other.receipt);
      if (other.rank !== rank && other.rank < rank !== other.index < index)
        throw new WrongReceipt('its leaf is not in the order of the batches', other.receipt);
      if (other.rank === rank && other.index !== index)
        throw new WrongReceipt('the log has two leaves for it', other.receipt);
    }
    this.#seen.push({ rank, index, size, root, receipt });
    if (this.#seen.length > MAX_SEEN) this.#seen.shift();
  }
}
