import { forEachDocumentWithNumber } from '../../../protocol/bet_text';
import { textCheck } from '../../../protocol/payload_check';
import type { FoundWinners } from '../draw';
import { LedgerDamaged } from '../ledger';
import type { AgencySums, LedgerBatch } from '../operation';
import { batchDigest } from './batch_digest';

/** A batch as a store has it, with what it is checked against. */
export interface ReadBatch extends LedgerBatch {
  /** `batchDigest` of it, when it was stored. */
  readonly digest: Buffer;
  /** CRC-32 of its payload (protocol/payload_check.ts); `null` for one that was stored before there were any. */
  readonly check: number | null;
}

interface MutableSums {
  batches: number;
  bets: number;
  readonly documents: string[];
}

/**
 * Finds the bets on a number, in the order in which the batches are given, and checks each batch against its digest and its
 * check value, and each agency's batches against its sums.
 */
export class WinnersSearch {
  readonly #winnerNumber: number;
  readonly #found = new Map<number, MutableSums>();

  constructor(winnerNumber: number) {
    this.#winnerNumber = winnerNumber;
  }

  /** Looks through a batch. @throws LedgerDamaged when it is not what was stored */
  take(batch: ReadBatch): void {
    const { agency, batchId, betCount, text, digest, check } = batch;
    const isWhole = batchDigest(batch).equals(digest);
    if (!isWhole || (check !== null && check !== textCheck(text))) throw batchDamaged(agency, batchId);
    const sums = this.#sumsOf(agency);
    sums.batches++;
    sums.bets += betCount;
    const { documents } = sums;
    forEachDocumentWithNumber(text, this.#winnerNumber, (document) => documents.push(document));
  }

  /**
   * What was found, once all batches were given.
   *
   * @param kept the sums of each agency, as they are stored
   * @throws LedgerDamaged when the batches do not come to them
   */
  result(kept: ReadonlyMap<number, AgencySums>): FoundWinners {
    const isWhole = [...kept].every(([agency, { batches, bets }]) => {
      const sums = this.#found.get(agency);
      return sums?.batches === batches && sums.bets === bets;
    });
    if (!isWhole || kept.size !== this.#found.size) {
      throw new LedgerDamaged('batches are missing, or there are more than were stored');
    }
    const winners = new Map<number, string>();
    let bets = 0;
    for (const [agency, sums] of this.#found) {
      bets += sums.bets;
      if (sums.documents.length > 0) winners.set(agency, sums.documents.join(','));
    }
    return { winners, bets };
  }

  #sumsOf(agency: number): MutableSums {
    const known = this.#found.get(agency);
    if (known !== undefined) return known;
    const sums: MutableSums = { batches: 0, bets: 0, documents: [] };
    this.#found.set(agency, sums);
    return sums;
  }
}

/** What is told of a batch that is not what was stored. */
export function batchDamaged(agency: number, batchId: number): LedgerDamaged {
  return new LedgerDamaged(`batch ${batchId} of agency ${agency} is not what was stored`);
}
