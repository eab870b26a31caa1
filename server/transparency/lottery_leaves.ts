/** The leaves of a lottery's log, made from what its ledger holds. They are a function of that and of the terms. */
import { countNumbers } from '../../protocol/bet_text';
import { MAX_NUMBER } from '../../protocol/limits';
import {
  agencySaltKey,
  batchDigest,
  batchSalt,
  commitment,
  FIRST_CHAIN,
  nextChain,
  winnersCommitment,
} from '../../transparency/draw/commitments';
import {
  batchEntry,
  finishEntry,
  LogTerms,
  resultEntry,
  ResultSource,
  sealEntry,
  termsEntry,
} from '../../transparency/draw/entries';
import { agenciesTable, AgencyRow, numbersTable, winnersTable } from '../../transparency/draw/tables';
import { sha256 } from '../../transparency/tree/hash';
import { countDocuments, Draw } from '../ledger/draw';
import type { Leaf, LeafBatch } from '../ledger/leaf_source';

/** What the seal's two hashes are of. */
export interface SealTables {
  readonly agencies: Buffer;
  readonly numbers: Buffer;
}

/** What is known of an agency. */
interface AgencyTotals {
  readonly saltKey: Buffer;
  batches: number;
  bets: number;
  chain: Buffer;
  isFinished: boolean;
}

/** Makes the leaves one after the other. */
export class LotteryLeaves {
  /** The first leaf. */
  readonly terms: Buffer;
  readonly #terms: LogTerms;
  readonly #secret: Uint8Array;
  readonly #agencies = new Map<number, AgencyTotals>();
  readonly #counts = new Uint32Array(MAX_NUMBER + 1);
  #batches = 0;
  #bets = 0;
  #tables: SealTables | undefined;

  /** @param secret of the salts, 32 bytes */
  constructor(terms: LogTerms, secret: Uint8Array) {
    this.#terms = terms;
    this.#secret = secret;
    this.terms = termsEntry(terms);
  }

  /** The tables of the seal, once it was made. */
  get tables(): SealTables | undefined {
    return this.#tables;
  }

  /**
   * The entry of the next leaf; `undefined` for what makes none: a FIN that came again, and whatever comes behind the
   * seal, which is a late FIN at the most.
   */
  entryOf(leaf: Leaf): Buffer | undefined {
    if (this.#tables !== undefined) return undefined;
    if (leaf.kind === 'seal') return this.#seal();
    if (leaf.kind === 'finish') return this.#finish(leaf.agency);
    return this.#batch(leaf);
  }

  /** The result's entry, and the table of the agencies' winners. @param sourceOf tells how the number came about */
  resultOf(
    draw: Draw,
    sourceOf: (number: number) => ResultSource,
  ): { readonly entry: Buffer; readonly winners: Buffer } {
    const { winnerNumber, winners } = draw;
    if (winnerNumber === undefined) return { entry: resultEntry(undefined), winners: Buffer.alloc(0) };
    const ids = Array.from({ length: this.#terms.agencies }, (_, index) => index + 1);
    const rows = ids.map((agency) => {
      const documents = winners.get(agency) ?? '';
      return {
        agency,
        winners: countDocuments(documents),
        commitment: winnersCommitment(this.saltKeyOf(agency), documents),
      };
    });
    const table = winnersTable(rows);
    const count = rows.reduce((sum, row) => sum + row.winners, 0);
    const source = sourceOf(winnerNumber);
    const entry = resultEntry({ source, number: winnerNumber, winners: count, agenciesHash: sha256(table) });
    return { entry, winners: table };
  }

  /** The key of an agency's salts. */
  saltKeyOf(agency: number): Buffer {
    return this.#agencies.get(agency)?.saltKey ?? agencySaltKey(this.#secret, agency);
  }

  #batch(batch: LeafBatch): Buffer {
    const { agency, batchId, bets, lastBetId } = batch;
    const totals = this.#totalsOf(agency);
    countNumbers(batch.text, this.#counts);
    const committed = commitment(batchSalt(totals.saltKey, batchId), batchDigest(batch, batch.text));
    totals.chain = nextChain(totals.chain, committed);
    totals.batches++;
    totals.bets += bets;
    this.#batches++;
    this.#bets += bets;
    const sums = { batchesSoFar: totals.batches, betsSoFar: totals.bets };
    return batchEntry({
      agency,
      batchId,
      bets,
      lastBetId,
      ...sums,
      commitment: committed,
      chain: totals.chain,
    });
  }

  #finish(agency: number): Buffer | undefined {
    const totals = this.#totalsOf(agency);
    if (totals.isFinished) return undefined;
    totals.isFinished = true;
    return finishEntry({ agency, ...totals });
  }

  #seal(): Buffer {
    const missing: number[] = [];
    const agencies = agenciesTable(this.#rows(missing));
    const numbers = numbersTable(this.#counts);
    this.#tables = { agencies, numbers };
    return sealEntry({
      batches: this.#batches,
      bets: this.#bets,
      agenciesHash: sha256(agencies),
      numbersHash: sha256(numbers),
      missingAgencies: missing,
    });
  }

  /** @param missing is told which agencies have not finished */
  *#rows(missing: number[]): Generator<AgencyRow> {
    for (let agency = 1; agency <= this.#terms.agencies; agency++) {
      const {
        batches = 0,
        bets = 0,
        isFinished = false,
        chain = FIRST_CHAIN,
      } = this.#agencies.get(agency) ?? {};
      if (!isFinished) missing.push(agency);
      yield { agency, batches, bets, isFinished, chain };
    }
  }

  #totalsOf(agency: number): AgencyTotals {
    let totals = this.#agencies.get(agency);
    if (totals === undefined) {
      const saltKey = agencySaltKey(this.#secret, agency);
      totals = { saltKey, batches: 0, bets: 0, chain: FIRST_CHAIN, isFinished: false };
      this.#agencies.set(agency, totals);
    }
    return totals;
  }
}
