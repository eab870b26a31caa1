import { forEachDocumentWithNumber } from '../../protocol/bet_text';
import {
  batchLine,
  batchTextLine,
  drawLine,
  drawStateLine,
  finishLine,
  standingLine,
  standingsLine,
} from './audit_line';
import {
  AgencyTakenOver,
  AppendOutcome,
  Draw,
  drawnState,
  DrawState,
  DrawTerms,
  EMPTY_LEDGER,
  Ledger,
  LedgerBatch,
  ledgerClosed,
  LedgerState,
  LotteryTerms,
  Standing,
} from './ledger';
import { Takeover } from './takeover';

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
  readonly openedWith: LedgerState = EMPTY_LEDGER;
  readonly isShared = false;
  readonly queuedBytes = 0;
  /** The audit log. */
  readonly auditLines: string[] = [];
  readonly #terms: LotteryTerms;
  readonly #batches = new Map<number, Map<number, StoredBatch>>();
  readonly #finished = new Set<number>();
  readonly #takeover = new Takeover();
  #draw: Draw | undefined;
  #isClosed = false;

  constructor(terms: LotteryTerms) {
    this.#terms = terms;
  }

  append(given: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome> {
    if (!this.#takeover.maySend(given.agency, ask)) return Promise.reject(new AgencyTakenOver());
    const batch = { ...given, text: Buffer.from(given.text) };
    return this.#answer(() => {
      const outcome = this.#append(batch);
      this.auditLines.push(batchLine(batch.agency, batch.batchId, outcome, requestId));
      return outcome;
    });
  }

  finish(agency: number, requestId?: string): Promise<number> {
    return this.#answer(() => {
      this.auditLines.push(finishLine(agency, requestId));
      return this.#finished.add(agency).size;
    });
  }

  standing(agency: number, requestId?: string): Promise<Standing> {
    return this.#answer(() => {
      this.auditLines.push(standingLine(agency, requestId));
      return this.#standing(agency);
    });
  }

  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    return this.#answer(() => {
      this.auditLines.push(standingsLine(requestId));
      const length = Math.max(0, Math.min(limit, this.#terms.agencies - after));
      return Array.from({ length }, (_, index) => this.#standing(after + index + 1));
    });
  }

  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    return this.#answer(() => {
      const text = this.#batchesOf(agency).get(batchId)?.text;
      this.auditLines.push(batchTextLine(agency, batchId, text !== undefined, requestId));
      return text;
    });
  }

  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    return this.#answer(() => {
      const state = this.#drawState();
      if (state !== 'due') this.auditLines.push(drawStateLine(winnersOf, state, requestId));
      return state;
    });
  }

  note(line: string): Promise<void> {
    return this.#answer(() => void this.auditLines.push(line));
  }

  draw(terms: DrawTerms): Promise<Draw> {
    return this.#answer(() => {
      if (this.#draw === undefined) this.auditLines.push(drawLine());
      return (this.#draw ??= this.#runDraw(terms));
    });
  }

  /** Nobody else has the ledger: there is nothing to tell. */
  watch(): void {
    // See above.
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #append(batch: LedgerBatch): AppendOutcome {
    const known = this.#batchesOf(batch.agency).get(batch.batchId);
    if (known !== undefined) return known.text.equals(batch.text) ? 'already-stored' : 'conflict';
    if (this.#finished.has(batch.agency) || this.#draw !== undefined) return 'closed';
    this.#batchesOf(batch.agency).set(batch.batchId, batch);
    return 'stored';
  }

  #standing(agency: number): Standing {
    const batches = this.#batchesOf(agency);
    let lastBatchId = 0;
    while (batches.has(lastBatchId + 1)) lastBatchId++;
    let bets = 0;
    for (const { betCount } of batches.values()) bets += betCount;
    return {
      lastBatchId,
      lastBetId: batches.get(lastBatchId)?.lastBetId ?? 0,
      batches: batches.size,
      bets,
      isFinished: this.#finished.has(agency),
    };
  }

  #drawState(): DrawState {
    if (this.#draw !== undefined) return drawnState(this.#draw);
    return this.#finished.size >= this.#terms.agencies ? 'due' : 'awaited';
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
    if (this.#isClosed) return Promise.reject(ledgerClosed());
    return Promise.resolve(work());
  }
}
