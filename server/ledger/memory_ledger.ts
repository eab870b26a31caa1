import { textCheck } from '../../protocol/payload_check';
import { forEachDocumentWithNumber } from '../../protocol/bet_text';
import { Draw, drawnState, DrawState, drawTerms, DrawTerms, FoundWinners } from './draw';
import {
  AgencyTakenOver,
  EMPTY_LEDGER,
  Ledger,
  ledgerClosed,
  LedgerState,
  LotteryTerms,
  SearchResult,
} from './ledger';
import { MemoryNotes } from './memory_notes';
import {
  Answers,
  AnswerTo,
  BatchCheck,
  CloseSaleAnswer,
  LedgerBatch,
  Operation,
  OperationKind,
  OperationOf,
  PlaceAnswer,
  Standing,
} from './operation';
import type { LogPlace } from './log_place';
import { linesOf } from './operation_line';
import { Takeover } from './takeover';

interface StoredBatch extends LedgerBatch {
  /** The line of the log at which it was stored, counted from 1. */
  readonly sequence: number;
}

/**
 * A ledger that keeps everything in memory, in the plainest way: for tests of the lottery and the doors, and the
 * model that the contract's tests check other engines against. Nothing is durable.
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
  readonly #notes = new MemoryNotes();
  readonly #wallTimeMs: () => number;
  #firstFinishedAtMs = 0;
  #closedWith: DrawTerms | undefined;
  #draw: Draw | undefined;
  #isClosed = false;

  readonly #handlers: { readonly [K in OperationKind]: (operation: OperationOf<K>) => Answers[K] } = {
    place: ({ batch }) => this.#place(batch),
    finish: ({ agency }) => {
      if (this.#finished.size === 0) this.#firstFinishedAtMs = this.#wallTimeMs();
      const { size: finished } = this.#finished.add(agency);
      return { finished, firstFinishedAtMs: this.#firstFinishedAtMs };
    },
    standing: ({ agency }) => this.#standing(agency),
    standings: ({ after, limit }) => {
      const length = Math.max(0, Math.min(limit, this.#terms.agencies - after));
      return Array.from({ length }, (_, index) => this.#standing(after + index + 1));
    },
    'batch-text': ({ agency, batchId }) => this.#batchesOf(agency).get(batchId)?.text,
    'batch-checks': ({ agency, after, limit }) => this.#checks(agency, after, limit),
    'draw-state': () => this.#drawState(),
    refused: () => undefined,
    'close-sale': ({ whenMissing }) => this.#closeSale(whenMissing),
    'record-draw': ({ draw }) => (this.#draw ??= draw),
    'put-notes': ({ owner, notes, condition }) => this.#notes.put(owner, notes, condition, this.#nextPlace),
    'get-note': ({ owner, name }) => this.#notes.get(owner, name),
    'delete-note': ({ owner, name, condition }) => this.#notes.delete(owner, name, condition),
    'list-notes': ({ owner, after, limit }) => this.#notes.list(owner, after, limit),
    'count-note': ({ owner, name, by, mayCreate }) =>
      this.#notes.count(owner, name, by, mayCreate, this.#nextPlace),
  };

  /** @param wallTimeMs milliseconds since 1970; the system's clock if left out */
  constructor(terms: LotteryTerms, wallTimeMs: () => number = Date.now) {
    this.#terms = terms;
    this.#wallTimeMs = wallTimeMs;
  }

  /** Has an agency as finished, with no line in the log: for tests that begin in the middle. */
  assumeFinished(agency: number): void {
    this.#finished.add(agency);
  }

  submit<O extends Operation>(operation: O): Promise<AnswerTo<O>> {
    if (this.#isClosed) return Promise.reject(ledgerClosed());
    if (operation.kind === 'place' && !this.#takeover.maySend(operation.batch.agency, operation.ask)) {
      return Promise.reject(new AgencyTakenOver());
    }
    return Promise.resolve(this.#carryOut(operation as OperationOf<O['kind']>));
  }

  findWinners(winnerNumber: number): Promise<SearchResult> {
    if (this.#isClosed) return Promise.reject(ledgerClosed());
    return Promise.resolve(
      this.#draw === undefined ? { found: this.#find(winnerNumber) } : { draw: this.#draw },
    );
  }

  /** No other server has the ledger: there is nothing to tell. */
  watch(): void {
    // See above.
  }

  /** Nothing ever waits here. */
  watchRoom(): void {
    // See above.
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #carryOut<K extends OperationKind>(operation: OperationOf<K>): Answers[K] {
    const answer = this.#handlers[operation.kind](operation);
    this.auditLines.push(...linesOf(operation, answer).split('\n').slice(0, -1));
    return answer;
  }

  /** That of what is written next. */
  get #nextPlace(): LogPlace {
    return { sequence: this.auditLines.length + 1, position: 0 };
  }

  #place(given: LedgerBatch): PlaceAnswer {
    const batches = this.#batchesOf(given.agency);
    const known = batches.get(given.batchId);
    if (known !== undefined) {
      if (!known.text.equals(given.text)) return { outcome: 'conflict' };
      return { outcome: 'already-stored', place: { sequence: known.sequence, position: 0 } };
    }
    if (this.#finished.has(given.agency) || this.#closedWith !== undefined) return { outcome: 'closed' };
    const place = this.#nextPlace;
    batches.set(given.batchId, { ...given, text: Buffer.from(given.text), sequence: place.sequence });
    return { outcome: 'stored', place };
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

  #checks(agency: number, after: number, limit: number): BatchCheck[] {
    const batches = this.#batchesOf(agency);
    const checks: BatchCheck[] = [];
    for (let batchId = after + 1; batchId <= after + limit; batchId++) {
      const batch = batches.get(batchId);
      if (batch === undefined) break;
      const { lastBetId, text } = batch;
      checks.push({ lastBetId, payloadBytes: text.length + 1, check: textCheck(text) });
    }
    return checks;
  }

  #drawState(): DrawState {
    if (this.#draw !== undefined) return drawnState(this.#draw);
    return this.#closedWith !== undefined || this.#missing().length === 0 ? 'due' : 'awaited';
  }

  #closeSale(whenMissing: OperationOf<'close-sale'>['whenMissing']): CloseSaleAnswer {
    if (this.#closedWith !== undefined) return { outcome: 'already-closed', terms: this.#closedWith };
    const missing = this.#missing();
    if (missing.length > 0 && whenMissing === undefined) return { outcome: 'not-due', dueInMs: undefined };
    this.#closedWith = drawTerms(missing, whenMissing ?? 'draw');
    return { outcome: 'closed', terms: this.#closedWith };
  }

  #missing(): number[] {
    const ids = Array.from({ length: this.#terms.agencies }, (_, index) => index + 1);
    return ids.filter((agency) => !this.#finished.has(agency));
  }

  #find(winnerNumber: number): FoundWinners {
    const winners = new Map<number, string>();
    let bets = 0;
    for (const [agency, batches] of this.#batches) {
      const documents: string[] = [];
      for (const [, batch] of [...batches].sort(([one], [other]) => one - other)) {
        bets += batch.betCount;
        forEachDocumentWithNumber(batch.text, winnerNumber, (document) => documents.push(document));
      }
      if (documents.length > 0) winners.set(agency, documents.join(','));
    }
    return { winners, bets };
  }

  #batchesOf(agency: number): Map<number, StoredBatch> {
    const known = this.#batches.get(agency);
    if (known !== undefined) return known;
    const batches = new Map<number, StoredBatch>();
    this.#batches.set(agency, batches);
    return batches;
  }
}
