import { mkdirSync } from 'node:fs';

import { Batch, BatchSource, NOTHING_SENT, StartingPoint } from '../../../client/batch_source';
import { digestOf } from '../../../client/receipts/own_chain';
import { ReceiptKeeper } from '../../../client/receipts/receipt_keeper';
import { OperationError } from '../../../program/exit';
import { readLogProof } from '../../../transparency/notes/log_proof';
import { parseVerifierKey } from '../../../transparency/notes/note';
import type { Seller } from './sale';
import { sizeIn } from './shown_log';
import { SIGNER } from './world';

/** What an agency says of a receipt that it believes. */
export const BELIEVED = 'believed';

/** An agency that asks for receipts: the shipped keeper, over bets in memory. */
export class AskingAgency {
  readonly seller: Seller;
  /** The receipts that it was given, by their names. */
  readonly receipts = new Map<string, Buffer>();
  /** How many leaves the largest tree had of which it has the receipt of a batch. */
  largestSize = 0;
  readonly #keeper: ReceiptKeeper;

  /** @param folder where its receipts are kept; it is made */
  constructor(seller: Seller, folder: string) {
    mkdirSync(folder);
    this.seller = seller;
    const { agency, batches } = seller;
    const ownBatches = (): BatchSource => new ListedBatches(batches);
    this.#keeper = new ReceiptKeeper({
      agency,
      log: parseVerifierKey(SIGNER.verifierKey),
      folder,
      ownBatches,
    });
  }

  get agency(): number {
    return this.seller.agency;
  }

  /** The receipt of its FIN; `undefined` where it has none. */
  get finishReceipt(): Buffer | undefined {
    return this.receipts.get('0');
  }

  /** Checks the receipt of a batch, or with 0 that of the FIN. @returns {@link BELIEVED}, or why it is wrong */
  async take(batchId: number, receipt: Buffer): Promise<string> {
    this.receipts.set(String(batchId), receipt);
    if (batchId > 0) {
      const size = sizeIn(readLogProof(receipt.toString()).checkpoint);
      this.largestSize = Math.max(this.largestSize, size);
    }
    try {
      if (batchId > 0) await this.#keeper.keepBatch(this.#own(batchId), receipt);
      else await this.#keeper.keepFinish(this.#everything, receipt);
      return BELIEVED;
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return /is wrong: (.*); it is kept/.exec(error.message)?.[1] ?? error.message;
    }
  }

  #own(batchId: number) {
    const batch = this.seller.batches[batchId - 1]!;
    const { betCount: bets, lastBetId } = batch;
    return { batchId, bets, lastBetId, betsSoFar: lastBetId, digest: digestOf(this.agency, batch) };
  }

  get #everything(): StartingPoint {
    const last = this.seller.batches.at(-1);
    if (last === undefined) return NOTHING_SENT;
    return { lastBatchId: last.batchId, lastBetId: last.lastBetId, bets: last.lastBetId };
  }
}

/** Batches that are all there, from the first on. */
class ListedBatches implements BatchSource {
  readonly #left: Batch[];

  constructor(batches: readonly Batch[]) {
    this.#left = [...batches];
  }

  get isAtEnd(): boolean {
    return this.#left.length === 0;
  }

  start(): void {
    // They are there.
  }

  next(): Batch | undefined {
    return this.#left.shift();
  }

  requireUnchanged(): void {
    // They stay as they are.
  }

  checksUpTo(): Promise<readonly number[]> {
    return Promise.reject(new Error('nothing was sent before'));
  }

  takeBack(): void {
    // Nothing is used again.
  }

  close(): void {
    // Nothing is open.
  }
}
