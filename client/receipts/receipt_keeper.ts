import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { OperationError, oneLine } from '../../program/exit';
import { PRIVATE_FOLDER } from '../../program/folders';
import { writePrivateFile } from '../../program/whole_file';
import { commitment, FIRST_CHAIN, nextChain } from '../../transparency/draw/commitments';
import { batchEntry, finishEntry } from '../../transparency/draw/entries';
import type { NoteVerifier } from '../../transparency/notes/note';
import { HASH_BYTES } from '../../transparency/tree/hash';
import { BatchSource, NOTHING_SENT, StartingPoint } from '../batch_source';
import { ChainSpan, chainOf } from './own_chain';
import { SeenReceipts } from './seen_receipts';
import { hasEntry, openReceipt, SignedReceipt } from './signed_receipt';
import { WrongReceipt } from './wrong_receipt';

/** A batch of the agency whose receipt is wanted. */
export interface OwnBatch {
  readonly batchId: number;
  readonly bets: number;
  readonly lastBetId: number;
  /** Bets of the agency that are stored with it and before it. */
  readonly betsSoFar: number;
  /** Of its text, with its numbers. */
  readonly digest: Buffer;
}

/** What a keeper works with. */
export interface KeeperSettings {
  readonly agency: number;
  /** The key of the log. */
  readonly log: NoteVerifier;
  /** Where the receipts are kept. */
  readonly folder: string;
  /** The agency's rows once more, to make the chain of all batches. */
  readonly ownBatches: () => BatchSource;
}

/**
 * Checks receipts against the agency's own bets, and keeps each in a file: `batch-00000064.tlog-proof`, and
 * `finish.tlog-proof`. One that is wrong goes to `evidence/` instead, beside the one that it contradicts.
 *
 * The counts in the leaves are those of batches that are stored in the order of their ids, as an agency sends them.
 */
export class ReceiptKeeper {
  readonly #settings: KeeperSettings;
  readonly #seen = new SeenReceipts();
  #from: StartingPoint = NOTHING_SENT;
  /** The chain up to there, where the receipt of the batch behind it has told it. */
  #chainAtStart: Buffer | undefined;

  constructor(settings: KeeperSettings) {
    this.#settings = settings;
  }

  /** Batches are this run's from here on. Those before may have been cut otherwise by an earlier one. */
  beginAt(from: StartingPoint): void {
    this.#from = from;
    this.#chainAtStart = undefined;
  }

  /**
   * Checks the receipt of a batch, and keeps it.
   *
   * @throws OperationError when it is wrong, or cannot be kept
   */
  async keepBatch(own: OwnBatch, receipt: Buffer): Promise<void> {
    const { batchId } = own;
    const name = `batch-${String(batchId).padStart(8, '0')}.tlog-proof`;
    await this.#keep(`batch ${batchId}`, name, receipt, () => {
      const opened = openReceipt(receipt, this.#settings.log, 2 * HASH_BYTES);
      const salt = opened.extra.subarray(0, HASH_BYTES);
      const chainBefore = opened.extra.subarray(HASH_BYTES);
      if (!hasEntry(opened, this.#batchEntry(own, salt, chainBefore)))
        throw new WrongReceipt('it does not lead from the bets that were sold to the root of the tree');
      if (batchId === 1 && !chainBefore.equals(FIRST_CHAIN))
        throw new WrongReceipt('it says that something was stored before the first batch');
      this.#seen.add(batchId, opened, receipt);
      if (batchId === this.#from.lastBatchId + 1) this.#chainAtStart = chainBefore;
    });
  }

  /**
   * Checks the receipt of the FIN, which covers all batches, and keeps it.
   *
   * @param stored everything that is stored of the agency
   * @returns up to which batch it could not be checked; 0 where it covers all. An earlier run may have cut these otherwise
   * @throws OperationError when it is wrong or cannot be kept, or the rows cannot be read
   */
  async keepFinish(stored: StartingPoint, receipt: Buffer): Promise<number> {
    const name = 'finish.tlog-proof';
    return this.#keep('the FIN', name, receipt, async () => {
      const opened = openReceipt(receipt, this.#settings.log, HASH_BYTES);
      const unchecked = await this.#findUnchecked(stored, opened);
      this.#seen.add(0, opened, receipt);
      return unchecked;
    });
  }

  #batchEntry(own: OwnBatch, salt: Buffer, chainBefore: Buffer): Buffer {
    const { batchId, bets, lastBetId, betsSoFar, digest } = own;
    const ofBatch = commitment(salt, digest);
    return batchEntry({
      agency: this.#settings.agency,
      batchId,
      bets,
      lastBetId,
      batchesSoFar: batchId,
      betsSoFar,
      commitment: ofBatch,
      chain: nextChain(chainBefore, ofBatch),
    });
  }

  /** @throws WrongReceipt when the batches of this run are not in the chain of the FIN's leaf */
  async #findUnchecked(stored: StartingPoint, opened: SignedReceipt): Promise<number> {
    const from = this.#from;
    const { lastBatchId: batches, bets } = stored;
    const isIn = (chain: Buffer | undefined): boolean =>
      chain !== undefined &&
      hasEntry(opened, finishEntry({ agency: this.#settings.agency, batches, bets, chain }));
    const chain = (start: StartingPoint, upTo: StartingPoint, before: Buffer): Promise<Buffer | undefined> =>
      this.#chain({ from: start, upTo, chain: before, agencyKey: opened.extra });
    // As if this run had cut all: so it is where the settings have stayed the same.
    const before = await chain(NOTHING_SENT, from, FIRST_CHAIN);
    if (before !== undefined && isIn(await chain(from, stored, before))) return 0;
    if (from.lastBatchId > 0 && this.#chainAtStart === undefined) return batches;
    if (this.#chainAtStart !== undefined && isIn(await chain(from, stored, this.#chainAtStart)))
      return from.lastBatchId;
    throw new WrongReceipt('it does not cover the bets that were sold');
  }

  #chain(span: Omit<ChainSpan, 'agency'>): Promise<Buffer | undefined> {
    return chainOf(this.#settings.ownBatches(), { ...span, agency: this.#settings.agency });
  }

  async #keep<Result>(
    what: string,
    name: string,
    receipt: Buffer,
    check: () => Result | Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await check();
      await this.#write(join(this.#settings.folder, name), receipt);
      return result;
    } catch (error) {
      if (!(error instanceof WrongReceipt)) throw error;
      const evidence = await this.#keepEvidence(name, receipt, error.contradicted);
      const agency = `agency ${this.#settings.agency}`;
      throw new OperationError(
        `the receipt of ${what} of ${agency} is wrong: ${error.message}; it is kept in ${evidence}`,
      );
    }
  }

  /** @returns the file of the wrong one */
  async #keepEvidence(name: string, receipt: Buffer, contradicted: Buffer | undefined): Promise<string> {
    const folder = join(this.#settings.folder, 'evidence');
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER }).catch((error: unknown) => {
      throw new OperationError(`${folder}: cannot be made: ${oneLine(error)}`);
    });
    const path = join(folder, name);
    await this.#write(path, receipt);
    if (contradicted !== undefined) await this.#write(join(folder, `contradicted-by-${name}`), contradicted);
    return path;
  }

  async #write(path: string, bytes: Buffer): Promise<void> {
    try {
      await writePrivateFile(path, [bytes.toString('utf8')]);
    } catch (error) {
      throw new OperationError(`${path}: cannot be written: ${oneLine(error)}`);
    }
  }
}
