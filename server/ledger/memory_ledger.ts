import { forEachDocumentWithNumber } from '../../protocol/bet_text';
import {
  AppendOutcome,
  Draw,
  DrawTerms,
  Ledger,
  LedgerBatch,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from './ledger';

interface StoredBatch {
  readonly betCount: number;
  readonly lastBetId: number;
  readonly text: Buffer;
}

/**
 * A ledger that keeps everything in memory, in the plainest way: for tests of the lottery and the doors, and the
 * model that the contract's tests hold other engines against. Nothing is durable.
 */
export class MemoryLedger implements Ledger {
  readonly openedWith: LedgerState = {
    finishedAgencies: new Set(),
    firstFinishedAtMs: undefined,
    draw: undefined,
    batches: 0,
    bets: 0,
  };
  readonly queuedBytes = 0;
  readonly #terms: LotteryTerms;
  readonly #batches = new Map<number, Map<number, StoredBatch>>();
  readonly #finished = new Set<number>();
  #draw: Draw | undefined;
  #isClosed = false;

  constructor(terms: LotteryTerms) {
    this.#terms = terms;
  }

  append(given: LedgerBatch): Promise<AppendOutcome> {
    const batch = { ...given, text: Buffer.from(given.text) };
    return this.#answer(() => {
      const known = this.#batchesOf(batch.agency).get(batch.batchId);
      if (known !== undefined) return known.text.equals(batch.text) ? 'already-stored' : 'conflict';
      if (this.#finished.has(batch.agency) || this.#draw !== undefined) return 'closed';
      this.#batchesOf(batch.agency).set(batch.batchId, batch);
      return 'stored';
    });
  }

  finish(agency: number): Promise<ReadonlySet<number>> {
    return this.#answer(() => new Set(this.#finished.add(agency)));
  }

  standing(agency: number): Promise<Standing> {
    return this.#answer(() => {
      const batches = this.#batchesOf(agency);
      let lastBatchId = 0;
      while (batches.has(lastBatchId + 1)) lastBatchId++;
      let bets = 0;
      for (const { betCount } of batches.values()) bets += betCount;
      return { lastBatchId, lastBetId: batches.get(lastBatchId)?.lastBetId ?? 0, bets };
    });
  }

  draw(terms: DrawTerms): Promise<Draw> {
    return this.#answer(() => (this.#draw ??= this.#runDraw(terms)));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #runDraw(terms: DrawTerms): Draw {
    const winners = new Map<number, string>();
    let bets = 0;
    for (const [agency, batches] of terms.isCalledOff ? [] : this.#batches) {
      const documents: string[] = [];
      for (const [, batch] of [...batches].sort(([one], [other]) => one - other)) {
        bets += batch.betCount;
        forEachDocumentWithNumber(batch.text, this.#terms.winnerNumber, (document) =>
          documents.push(document),
        );
      }
      if (documents.length > 0) winners.set(agency, documents.join(','));
    }
    return { winners, bets, ...terms };
  }

  #batchesOf(agency: number): Map<number, StoredBatch> {
    const known = this.#batches.get(agency);
    if (known !== undefined) return known;
    const batches = new Map<number, StoredBatch>();
    this.#batches.set(agency, batches);
    return batches;
  }

  #answer<Answer>(work: () => Answer): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new LedgerUnavailable('the ledger is closed'));
    return Promise.resolve(work());
  }
}
