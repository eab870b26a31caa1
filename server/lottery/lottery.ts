/**
 * The rules of the lottery: who may bet, when the sale closes, when the draw runs, who has won.
 *
 * It knows no socket and no file. Whatever it grants is in the ledger before it says so.
 */
import { CheckedBatch } from '../../protocol/checked_batch';
import { ProtocolError } from '../../protocol/error_codes';
import { agencyUri, batchUri, finishUri, winnersUri } from '../ledger/audit_line';
import { Draw, DrawState } from '../ledger/draw';
import { Ledger, LedgerNews, LotteryTerms } from '../ledger/ledger';
import type { AuditAction, PlaceOutcome, Standing } from '../ledger/operation';
import { STATUS_OF_OUTCOME } from '../ledger/operation_line';
import { AgencyReceipts } from './agency_receipts';
import { BatchChecks, CheckPoint } from './batch_checks';
import { BatchLog } from './batch_log';
import { DeadlineLog } from './deadline_log';
import { DrawKeeper } from './draw_keeper';
import type { DrawNow, DrawView } from './draw_view';
import { winnersIn } from './draw_words';
import { FinishLog } from './finish_log';
import type { LotteryContext, LotteryObserver } from './lottery_context';
import { LotteryLedger, Noted } from './lottery_ledger';
import { Notes } from './notes';
import type { Sender } from './refusal_log';
import { aborted, WaitingWinners } from './waiting_winners';

/** Bytes of batches on their way to the storage: above this, no more are to be taken. */
export const MAX_QUEUED_BYTES = 5 * 1024 * 1024;

/** What a batch that the lottery has taken was: new, or taken before with the same content. */
export type PlacedOutcome = Extract<PlaceOutcome, 'stored' | 'already-stored'>;

/**
 * One lottery, over one ledger.
 *
 * What a call asks of the ledger is submitted before the call returns: calls take effect in their order.
 * `requestId` is what a client called its request, for the audit log; `0` when left out. Every answer and every error
 * has its line there, which is durable before the promise settles; only `unavailable` has none, and refusals that are
 * counted (refusal_log.ts). `sender` says who asks; `known` when left out.
 */
export class Lottery {
  readonly #ledger: LotteryLedger;
  /** The lottery: how many agencies, which number wins. */
  readonly terms: LotteryTerms;
  /** The receipts of its batches and FINs (R29). */
  readonly receipts: AgencyReceipts;
  /** What agencies and the lottery keep beside the bets. */
  readonly notes: Notes;
  readonly #observer: LotteryObserver;
  readonly #keeper: DrawKeeper;
  readonly #waiting: WaitingWinners;
  readonly #checks: BatchChecks;
  /** The agencies that are known to have finished: with other servers, there may be more. */
  readonly #finished: Set<number>;
  readonly #finishLog: FinishLog;
  readonly #deadlineLog: DeadlineLog;
  readonly #batchLog: BatchLog;
  readonly #roomListeners = new Set<() => void>();
  #isClosed = false;

  /** @param ledger an open ledger; the lottery goes on from what it holds, a draw that is due included */
  constructor(ledger: Ledger, terms: LotteryTerms, context: LotteryContext) {
    const { clock, log, observer, wallTimeMs = Date.now, tellsEachBatch = false } = context;
    this.#ledger = new LotteryLedger(ledger, terms.agencies, context);
    this.terms = terms;
    this.notes = new Notes(this.#ledger);
    this.#observer = observer;
    this.#finishLog = new FinishLog(log, clock, terms.agencies);
    this.#batchLog = new BatchLog(log, clock, tellsEachBatch);
    this.#finished = new Set(ledger.openedWith.finishedAgencies);
    this.#keeper = new DrawKeeper(ledger, terms, {
      ...context,
      wallTimeMs,
      onDecided: (draw) => observer.drawn(draw),
    });
    this.#waiting = new WaitingWinners((agency) => this.#winnersOfDraw(agency), this.#keeper.decided);
    this.#checks = new BatchChecks((agency, after, limit) =>
      this.#ledger.submit({ kind: 'batch-checks', agency, after, limit }),
    );
    this.receipts = new AgencyReceipts(this.#ledger, context.receipts);
    this.#deadlineLog = new DeadlineLog(log, () => this.#keeper.view);
    this.#deadlineLog.look();
    ledger.watch((news) => this.#takeNews(news));
    ledger.watchRoom(() => this.#tellRoom());
  }

  /** Resolves when a sale that was to be closed at the opening is closed, or could not be: doors may open then. */
  get opened(): Promise<void> {
    return this.#keeper.opened;
  }

  /** Resolves when the draw has run, or was called off. */
  get drawn(): Promise<Pick<Draw, 'isCalledOff'>> {
    return this.#keeper.decided;
  }

  /** Whether the draw has run, or was called off. */
  get hasDrawn(): boolean {
    return this.#keeper.draw !== undefined;
  }

  /** How far the draw is, for those who watch: it has no place in the order of the audit log. */
  get drawView(): DrawView {
    return this.#keeper.view;
  }

  /** Whether the storage keeps up: while it does not, a door takes no more batches. */
  get hasRoom(): boolean {
    return this.#ledger.queuedBytes <= MAX_QUEUED_BYTES;
  }

  /**
   * Calls whenever there is room again, before anyone is told the answers that have made it.
   *
   * @returns ends it
   */
  onRoom(listener: () => void): () => void {
    this.#roomListeners.add(listener);
    return () => void this.#roomListeners.delete(listener);
  }

  /**
   * Takes a batch into the lottery: when the promise resolves it is on durable storage, once, and will be in the
   * draw. A batch that was taken before is granted again (PROTOCOL.md, R16 to R18, R20).
   *
   * @param ask the number of the ASK for this agency that the batch comes after (R22), see {@link Ledger}
   * @throws ProtocolError `unknown-agency`, `batch-conflict`, `closed` or `unavailable`: nothing of it was stored
   */
  async place(
    batch: CheckedBatch,
    requestId?: string,
    ask?: number,
    sender: Sender = 'known',
  ): Promise<PlacedOutcome> {
    const { agency, batchId, betCount } = batch;
    const bytes = batch.text.length;
    if (!this.#ledger.isAgency(agency)) {
      throw await this.#ledger.unknownAgency('PUT', batchUri(agency, batchId), requestId, batchId, sender);
    }
    this.#observer.heard(agency);
    this.#keeper.lookAtDeadline();
    const isRefusalCounted = !this.#ledger.refusals.hasLine(sender);
    const { outcome } = await this.#ledger.submit(
      { kind: 'place', batch, ask, requestId, isRefusalCounted },
      batchId,
    );
    if (outcome === 'conflict' || outcome === 'closed') {
      if (isRefusalCounted) this.#ledger.refusals.count(STATUS_OF_OUTCOME[outcome]);
      else this.#ledger.refusals.spendLine(sender);
      throw refusedBatch(outcome, batchId);
    }
    if (outcome === 'stored') this.#observer.batchStored(agency, betCount, bytes);
    else this.#observer.batchRepeated();
    this.#batchLog.tell({ agency, batchId, betCount, isRepeated: outcome === 'already-stored' });
    return outcome;
  }

  /**
   * Closes the sale for an agency, for good. When it was the last of them, the draw runs (R19, R21).
   *
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async finish(agency: number, requestId?: string, sender: Sender = 'known'): Promise<void> {
    if (!this.#ledger.isAgency(agency)) {
      throw await this.#ledger.unknownAgency('PUT', finishUri(agency), requestId, 0, sender);
    }
    this.#observer.heard(agency);
    const { finished, firstFinishedAtMs } = await this.#ledger.submit({ kind: 'finish', agency, requestId });
    this.#noteFinished([agency]);
    if (finished === this.terms.agencies) this.#batchLog.tellRest();
    this.#finishLog.tell(agency, finished);
    this.#keeper.finished(finished, firstFinishedAtMs);
    this.#deadlineLog.look();
  }

  /**
   * The same, and then the documents of the agency's winners joined with `,`: what a FIN asks for (R11, R19).
   *
   * @param onFinished called when the FIN is stored
   * @param signal aborted when nobody waits for the winners any more
   * @throws ProtocolError `unknown-agency`; `closed` when the draw was called off; `unavailable`
   */
  async finishAndAwaitWinners(
    agency: number,
    onFinished: () => void,
    signal: AbortSignal,
    sender: Sender = 'known',
  ): Promise<string> {
    await this.finish(agency, undefined, sender);
    onFinished();
    return this.#waiting.wait(agency, signal);
  }

  /**
   * The documents of an agency's winners joined with `,`, as the draw stands now: `undefined` while not all agencies
   * have finished. While the draw is being held the promise waits for it.
   *
   * @param signal aborted when nobody waits any more; the promise is rejected then, with `unavailable`
   * @throws ProtocolError `unknown-agency`; `closed` when the draw was called off; `unavailable`
   */
  async winnersNow(agency: number, requestId?: string, signal?: AbortSignal): Promise<string | undefined> {
    if (!this.#ledger.isAgency(agency))
      throw await this.#ledger.unknownAgency('GET', winnersUri(agency), requestId);
    if ((await this.#drawState(agency, requestId, signal)) === 'awaited') return undefined;
    return winnersIn(await this.#keeper.decided, agency);
  }

  /**
   * The draw, as it stands now. While it is being held the promise waits for its result, or for a gate: how long that
   * stays shut nobody knows. An answer from there has no line in the audit log, since it tells of no result.
   *
   * @param signal as for {@link winnersNow}
   * @throws ProtocolError `unavailable`
   */
  async drawNow(requestId?: string, signal?: AbortSignal): Promise<DrawNow> {
    const keeper = this.#keeper;
    // Behind the result, which is stored, the ledger would note that it was told.
    while (keeper.view.phase !== 'announcing') {
      const state = await this.#ledger.submit({ kind: 'draw-state', winnersOf: undefined, requestId });
      if (state === 'awaited') return { draw: undefined, view: { ...keeper.view, gate: undefined } };
      while (keeper.draw === undefined && keeper.view.gate === undefined) {
        await Promise.race([keeper.decided, keeper.nextGate, aborted(signal)]);
      }
      if (state !== 'due' || keeper.view.gate !== undefined) break;
    }
    return { draw: keeper.draw, view: keeper.view };
  }

  /**
   * What is stored of an agency, everything that was granted before the call included.
   *
   * @param ask the number of the ASK that wants to know (R22), see {@link Ledger}
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async standing(
    agency: number,
    requestId?: string,
    ask?: number,
    sender: Sender = 'known',
  ): Promise<Standing> {
    if (!this.#ledger.isAgency(agency)) {
      throw await this.#ledger.unknownAgency('GET', agencyUri(agency), requestId, 0, sender);
    }
    return this.#ledger.submit({ kind: 'standing', agency, ask, requestId });
  }

  /**
   * The check value of an agency's batches 1 to `batchId`, which are stored (R27). It has no line in the audit log: the
   * {@link standing} that says which are stored has one.
   *
   * @throws ProtocolError `unavailable`
   */
  checkUpTo(agency: number, batchId: number): Promise<CheckPoint> {
    return this.#checks.upTo(agency, batchId);
  }

  /**
   * What is stored of the agencies `after` + 1 to `after` + `limit`, as far as there are so many, at one moment.
   *
   * @throws ProtocolError `unavailable`
   */
  async standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    return this.#ledger.submit({ kind: 'standings', after, limit, requestId });
  }

  /**
   * The bets of a batch as they came, joined with `;`; `undefined` where none is stored.
   *
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    if (!this.#ledger.isAgency(agency))
      throw await this.#ledger.unknownAgency('GET', batchUri(agency, batchId), requestId);
    return this.#ledger.submit({ kind: 'batch-text', agency, batchId, requestId }, batchId);
  }

  /**
   * Notes in the audit log that a door has refused an operation without asking for it here: with a line of its own, or
   * among those that are counted.
   *
   * @param noted the id of the request, the batch that the error names (0 for none), and who has sent it
   * @throws ProtocolError `unavailable`: the operation must be answered so
   */
  note(action: AuditAction, uri: string, status: number, ...noted: Noted): Promise<void> {
    return this.#ledger.note(action, uri, status, ...noted);
  }

  /** Logs what is still to be told in one line. To be called before the log ends. */
  tellRest(): void {
    this.#batchLog.tellRest();
  }

  /** Starts nothing more by itself. Those who wait for the draw go on waiting. */
  close(): void {
    this.#isClosed = true;
    this.#ledger.close();
    this.#keeper.stop();
  }

  /** How far the draw is, once it is not being held. */
  async #drawState(
    winnersOf: number,
    requestId?: string,
    signal?: AbortSignal,
  ): Promise<Exclude<DrawState, 'due'>> {
    for (;;) {
      const state = await this.#ledger.submit({ kind: 'draw-state', winnersOf, requestId });
      if (state !== 'due') return state;
      await Promise.race([this.#keeper.decided, aborted(signal)]);
    }
  }

  /** What an agency has won, the draw being decided; the ledger notes that it was told. */
  async #winnersOfDraw(agency: number): Promise<string> {
    await this.#drawState(agency);
    return winnersIn(await this.#keeper.decided, agency);
  }

  #noteFinished(agencies: readonly number[]): void {
    for (const agency of agencies) {
      this.#finished.add(agency);
      this.#observer.agencyFinished(agency);
    }
  }

  /** Servers over the same ledger have stored batches, or another one has recorded a FIN, or the draw. */
  #takeNews(news: LedgerNews): void {
    if (this.#isClosed) return;
    this.#observer.summed(news.sums);
    if (this.hasDrawn) return;
    this.#noteFinished(news.newlyFinished);
    this.#keeper.takeNews(news);
    this.#keeper.finished(this.#finished.size, news.firstFinishedAtMs);
    this.#deadlineLog.look();
  }

  #tellRoom(): void {
    if (!this.hasRoom) return;
    for (const listener of this.#roomListeners) listener();
  }
}

function refusedBatch(outcome: 'conflict' | 'closed', batchId: number): ProtocolError {
  return outcome === 'conflict'
    ? new ProtocolError('batch-conflict', 'this BATCH_ID was stored before with other bets', batchId)
    : new ProtocolError('closed', 'the sale is closed for this agency', batchId);
}
