/**
 * The rules of the lottery: who may bet, when the sale closes, when the draw runs, who has won.
 *
 * It knows no socket and no file. Whatever it grants is in the ledger before it says so.
 */
import { CheckedBatch } from '../../protocol/checked_batch';
import { ProtocolError } from '../../protocol/error_codes';
import { Clock } from '../../program/clock';
import { Log } from '../../program/log';
import { LogLimiter } from '../../program/log_limiter';
import {
  agencyUri,
  AuditOperation,
  auditLine,
  batchUri,
  finishUri,
  NO_REQUEST_ID,
  STATUS_OF_ERROR,
  winnersUri,
} from '../ledger/audit_line';
import {
  AgencyTakenOver,
  AppendOutcome,
  COMPLETE,
  Draw,
  DrawState,
  DrawTerms,
  Ledger,
  LedgerNews,
  LedgerUnavailable,
  LotteryTerms,
  Standing,
} from '../ledger/ledger';
import { countDocuments, Telemetry } from '../telemetry/telemetry';
import { DrawDeadline, msUntilDeadline } from './draw_deadline';

/** How long to wait before a draw that the ledger could not take is tried again. */
const DRAW_RETRY_MS = 1_000;

/** Bytes of batches on their way to the storage: above this, no more are to be taken. */
export const MAX_QUEUED_BYTES = 5 * 1024 * 1024;

/** The longest that a timer can be set for. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** So many agencies are named in a message; the others are counted. */
const MAX_NAMED_AGENCIES = 20;

/** What the lottery needs from the program around it. */
export interface LotterySurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** When the draw stops waiting for agencies; `undefined` for never. */
  readonly deadline?: DrawDeadline | undefined;
  /** Milliseconds since 1970, for the deadline. The system's clock if left out. */
  readonly wallTimeMs?: () => number;
}

/** What a batch that the lottery has taken was: new, or taken before with the same content. */
export type PlacedOutcome = Extract<AppendOutcome, 'stored' | 'already-stored'>;

/**
 * One lottery, over one ledger.
 *
 * What a call asks of the ledger is handed over before the call returns: calls take effect in their order.
 * `requestId` is what a client called its request, for the audit log; `0` when left out. Every answer and every error
 * has its line there, which is durable before the promise settles; `unavailable` alone has none.
 */
export class Lottery {
  /** What has happened so far, in numbers. */
  readonly telemetry: Telemetry;
  readonly #ledger: Ledger;
  readonly #terms: LotteryTerms;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #draw: Promise<Draw>;
  #announce: (draw: Draw) => void = () => undefined;
  readonly #deadline: DrawDeadline | undefined;
  readonly #wallTimeMs: () => number;
  /** The agencies that are known to have finished, and how many have: with other servers, more than are known. */
  readonly #finished: Set<number>;
  #finishedCount: number;
  #firstFinishedAtMs: number | undefined;
  /** Nothing starts the draw any more: it is running, or has run, or the lottery was closed. */
  #isDrawing = false;
  #hasDrawn = false;
  #isClosed = false;
  /** Agencies whose FIN the ledger was given: it stores them before a draw that comes after. */
  readonly #finishing = new Set<number>();
  /** Agencies whose FIN was logged. */
  readonly #told = new Set<number>();
  #cancelDeadline: () => void = () => undefined;
  #cancelRetry: () => void = () => undefined;

  /** @param ledger an open ledger; the lottery goes on from what it holds, a draw that is due included */
  constructor(
    ledger: Ledger,
    terms: LotteryTerms,
    { clock, log, deadline, wallTimeMs }: LotterySurroundings,
  ) {
    this.telemetry = new Telemetry(terms, ledger.openedWith, ledger.isShared);
    this.#ledger = ledger;
    this.#terms = terms;
    this.#clock = clock;
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
    this.#draw = new Promise((resolve) => {
      this.#announce = (draw) => {
        this.#hasDrawn = true;
        resolve(draw);
      };
    });
    this.#deadline = deadline;
    this.#wallTimeMs = wallTimeMs ?? Date.now;
    this.#finished = new Set(ledger.openedWith.finishedAgencies);
    this.#finishedCount = this.#finished.size;
    this.#firstFinishedAtMs = ledger.openedWith.firstFinishedAtMs;
    ledger.watch((news) => this.#takeNews(news));
    if (ledger.openedWith.draw !== undefined) {
      this.#isDrawing = true;
      this.#announce(ledger.openedWith.draw);
    } else this.#drawIfDue();
  }

  /** Resolves when the draw has run, or was called off. */
  get drawn(): Promise<unknown> {
    return this.#draw;
  }

  /** Whether the draw has run, or was called off. */
  get hasDrawn(): boolean {
    return this.#hasDrawn;
  }

  /** Whether the storage keeps up: while it does not, a door takes no more batches. */
  get hasRoom(): boolean {
    return this.#ledger.queuedBytes <= MAX_QUEUED_BYTES;
  }

  /** The lottery: how many agencies, which number wins. */
  get terms(): LotteryTerms {
    return this.#terms;
  }

  /**
   * Takes a batch into the lottery: when the promise resolves it is on durable storage, once, and will be in the
   * draw. A batch that was taken before is granted again (PROTOCOL.md, R16 to R18, R20).
   *
   * @param ask the number of the ASK for this agency that the batch stands behind (R22), see {@link Ledger}
   * @throws ProtocolError `unknown-agency`, `batch-conflict`, `closed` or `unavailable`: nothing of it was stored
   */
  async place(batch: CheckedBatch, requestId?: string, ask?: number): Promise<PlacedOutcome> {
    const { agency, batchId, betCount } = batch;
    const bytes = batch.text.length;
    if (!this.#isAgency(agency)) {
      throw await this.#unknownAgency('PUT', batchUri(agency, batchId), requestId, batchId);
    }
    const outcome = await this.#ledger.append(batch, requestId, ask).catch((error: unknown) => {
      throw this.#asProtocolError(error, batchId);
    });
    if (outcome === 'conflict') {
      throw new ProtocolError('batch-conflict', 'this BATCH_ID was stored before with other bets', batchId);
    }
    if (outcome === 'closed') {
      throw new ProtocolError('closed', 'the sale is closed for this agency', batchId);
    }
    if (outcome === 'stored') this.telemetry.batchStored(agency, betCount, bytes);
    else this.telemetry.batchRepeated();
    this.#log.debug('apuesta_recibida', 'success', {
      agency,
      batch: batchId,
      cantidad: betCount,
      again: outcome === 'already-stored',
    });
    return outcome;
  }

  /**
   * Closes the sale for an agency, for good. When it was the last of them, the draw runs (R19, R21).
   *
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async finish(agency: number, requestId?: string): Promise<void> {
    if (!this.#isAgency(agency)) throw await this.#unknownAgency('PUT', finishUri(agency), requestId);
    this.#finishing.add(agency);
    const finished = await this.#ledger.finish(agency, requestId).catch((error: unknown) => {
      this.#finishing.delete(agency);
      throw this.#asProtocolError(error);
    });
    this.#noteFinished([agency], finished);
    // Each agency's first FIN is told; those that come again, at most once a second.
    const isNew = !this.#told.has(agency);
    this.#told.add(agency);
    const keptBack = this.#limiter.admit(`fin ${agency}`) ?? (isNew ? 0 : undefined);
    if (keptBack !== undefined) {
      this.#log.info('receive_fin', 'success', {
        agency,
        finished,
        agencies: this.#terms.agencies,
        ...(keptBack > 0 && { more: keptBack }),
      });
    }
    this.#firstFinishedAtMs ??= this.#wallTimeMs();
    this.#drawIfDue();
  }

  /**
   * The documents of an agency's winners joined with `,`, once the draw has run: until then the promise waits.
   *
   * @throws ProtocolError `unknown-agency`; `closed` when the draw was called off; `unavailable`
   */
  async winners(agency: number, requestId?: string): Promise<string> {
    for (;;) {
      if (this.#isAgency(agency)) await this.#draw;
      const winners = await this.winnersNow(agency, requestId);
      if (winners !== undefined) return winners;
    }
  }

  /**
   * The same as the draw stands now: `undefined` while not all agencies have finished. While the draw is being held
   * the promise waits for it.
   *
   * @param signal aborted when nobody waits any more; the promise is rejected then, with `unavailable`
   * @throws ProtocolError `unknown-agency`; `closed` when the draw was called off; `unavailable`
   */
  async winnersNow(agency: number, requestId?: string, signal?: AbortSignal): Promise<string | undefined> {
    if (!this.#isAgency(agency)) throw await this.#unknownAgency('GET', winnersUri(agency), requestId);
    if ((await this.#drawState(agency, requestId, signal)) === 'awaited') return undefined;
    const { winners, isCalledOff, missingAgencies } = await this.#draw;
    if (isCalledOff) {
      throw new ProtocolError(
        'closed',
        `the draw was called off, agencies missing: ${nameAgencies(missingAgencies)}`,
      );
    }
    return winners.get(agency) ?? '';
  }

  /**
   * The draw, as it stands now: `undefined` while not all agencies have finished. While it is being held the promise
   * waits for it.
   *
   * @param signal as for {@link winnersNow}
   * @throws ProtocolError `unavailable`
   */
  async drawNow(requestId?: string, signal?: AbortSignal): Promise<Draw | undefined> {
    const state = await this.#drawState(undefined, requestId, signal);
    return state === 'awaited' ? undefined : this.#draw;
  }

  /**
   * What is stored of an agency, everything that was granted before the call included.
   *
   * @param ask the number of the ASK that wants to know (R22), see {@link Ledger}
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async standing(agency: number, requestId?: string, ask?: number): Promise<Standing> {
    if (!this.#isAgency(agency)) throw await this.#unknownAgency('GET', agencyUri(agency), requestId);
    return this.#ledger.standing(agency, requestId, ask).catch((error: unknown) => {
      throw this.#asProtocolError(error);
    });
  }

  /**
   * What is stored of the agencies `after` + 1 to `after` + `limit`, as far as there are so many, at one moment.
   *
   * @throws ProtocolError `unavailable`
   */
  async standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    return this.#ledger.standings(after, limit, requestId).catch((error: unknown) => {
      throw this.#asProtocolError(error);
    });
  }

  /**
   * The bets of a batch as they came, joined with `;`; `undefined` where none is stored.
   *
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    if (!this.#isAgency(agency)) throw await this.#unknownAgency('GET', batchUri(agency, batchId), requestId);
    return this.#ledger.batchText(agency, batchId, requestId).catch((error: unknown) => {
      throw this.#asProtocolError(error, batchId);
    });
  }

  /**
   * Notes in the audit log that a door has answered an operation without asking for it here.
   *
   * @param batchId what the error names, where the operation is about a batch
   * @throws ProtocolError `unavailable`: the operation must be answered so
   */
  async note(
    operation: AuditOperation,
    uri: string,
    status: number,
    requestId: string = NO_REQUEST_ID,
    batchId = 0,
  ): Promise<void> {
    await this.#ledger.note(auditLine(operation, uri, status, requestId)).catch((error: unknown) => {
      throw this.#asProtocolError(error, batchId);
    });
  }

  /** Starts nothing more by itself. Those who wait for the draw go on waiting. */
  close(): void {
    this.#isClosed = true;
    this.#isDrawing = true;
    this.#cancelDeadline();
    this.#cancelRetry();
  }

  #isAgency(agency: number): boolean {
    return agency >= 1 && agency <= this.#terms.agencies;
  }

  /** The error, once it is noted. */
  async #unknownAgency(
    operation: AuditOperation,
    uri: string,
    requestId: string | undefined,
    batchId = 0,
  ): Promise<unknown> {
    try {
      await this.note(operation, uri, STATUS_OF_ERROR['unknown-agency'], requestId, batchId);
    } catch (error) {
      return error;
    }
    return new ProtocolError('unknown-agency', `the agencies are 1 to ${this.#terms.agencies}`, batchId);
  }

  /** How far the draw is, once it is not being held. */
  async #drawState(
    winnersOf: number | undefined,
    requestId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Exclude<DrawState, 'due'>> {
    for (;;) {
      const state = await this.#ledger.drawState(winnersOf, requestId).catch((error: unknown) => {
        throw this.#asProtocolError(error);
      });
      if (state !== 'due') return state;
      await Promise.race([this.#draw, aborted(signal)]);
    }
  }

  /** What the agency is told; why the storage fails is for the operator. */
  #asProtocolError(error: unknown, batchId = 0): unknown {
    if (error instanceof AgencyTakenOver) return new ProtocolError('unavailable', error.message, batchId);
    if (!(error instanceof LedgerUnavailable)) return error;
    const keptBack = this.#isClosed ? undefined : this.#limiter.admit('store');
    if (keptBack !== undefined) this.#log.error('store', 'fail', { error: error.message, more: keptBack });
    return new ProtocolError('unavailable', 'the store cannot take it now: try again later', batchId);
  }

  #drawIfDue(): void {
    if (this.#isDrawing) return;
    if (this.#finishedCount >= this.#terms.agencies) return this.#runDraw(COMPLETE);
    this.#awaitDeadline();
  }

  #awaitDeadline(): void {
    this.#cancelDeadline();
    if (this.#deadline === undefined) return;
    const leftMs = msUntilDeadline(this.#deadline, this.#firstFinishedAtMs, this.#wallTimeMs());
    if (leftMs === undefined) return;
    if (leftMs <= 0) return this.#runDraw(this.#incompleteTerms(this.#deadline));
    this.#cancelDeadline = this.#clock.after(Math.min(leftMs, MAX_TIMER_MS), () => this.#drawIfDue());
  }

  #incompleteTerms({ action }: DrawDeadline): DrawTerms {
    const missingAgencies: number[] = [];
    for (let agency = 1; agency <= this.#terms.agencies; agency++) {
      if (!this.#finished.has(agency) && !this.#finishing.has(agency)) missingAgencies.push(agency);
    }
    if (missingAgencies.length === 0) return COMPLETE;
    return { missingAgencies, isCalledOff: action === 'call-off' };
  }

  /** @param count how many have finished at least */
  #noteFinished(agencies: readonly number[], count = 0): void {
    for (const agency of agencies) {
      this.#finished.add(agency);
      this.telemetry.agencyFinished(agency);
    }
    this.#finishedCount = Math.max(this.#finishedCount, this.#finished.size, count);
  }

  /** Servers over the same ledger have stored batches, or another one has recorded a FIN, or the draw. */
  #takeNews({ newlyFinished, draw, sums }: LedgerNews): void {
    if (this.#isClosed) return;
    this.telemetry.summed(sums);
    if (this.#hasDrawn) return;
    this.#noteFinished(newlyFinished);
    if (newlyFinished.length > 0) this.#firstFinishedAtMs ??= this.#wallTimeMs();
    if (draw === undefined) return this.#drawIfDue();
    this.#isDrawing = true;
    this.#cancelDeadline();
    this.#cancelRetry();
    this.#endDraw(draw);
  }

  #runDraw(terms: DrawTerms): void {
    this.#isDrawing = true;
    this.#cancelDeadline();
    this.#log.info('sorteo', 'in_progress', { agencies: this.#terms.agencies, ...missingDetail(terms) });
    this.#ledger.draw(terms).then(
      (draw) => this.#endDraw(draw),
      (error: unknown) => this.#retryDraw(error),
    );
  }

  #endDraw(draw: Draw): void {
    // It may have been told as news before.
    if (this.#hasDrawn) return;
    this.#tellDraw(draw);
    this.#announce(draw);
  }

  #tellDraw(draw: Draw): void {
    this.telemetry.drawn(draw);
    if (draw.isCalledOff) {
      this.#log.error('sorteo', 'fail', { reason: 'called off at the deadline', ...missingDetail(draw) });
      return;
    }
    const winners = [...draw.winners.values()].reduce((sum, documents) => sum + countDocuments(documents), 0);
    this.#log.info('sorteo', 'success', { bets: draw.bets, cant_ganadores: winners, ...missingDetail(draw) });
  }

  /** Nothing else would start the draw again: every agency has finished already, or the deadline has passed. */
  #retryDraw(error: unknown): void {
    if (!(error instanceof LedgerUnavailable)) throw error;
    if (this.#isClosed || this.#hasDrawn) return;
    this.#log.error('sorteo', 'fail', { error: error.message, retry_in_ms: DRAW_RETRY_MS });
    this.#cancelRetry = this.#clock.after(DRAW_RETRY_MS, () => {
      this.#isDrawing = false;
      this.#drawIfDue();
    });
  }
}

function missingDetail({ missingAgencies }: DrawTerms): { missing?: string } {
  return missingAgencies.length === 0 ? {} : { missing: nameAgencies(missingAgencies) };
}

/** `3, 5 and 7 more`. */
function nameAgencies(agencies: readonly number[]): string {
  const named = agencies.slice(0, MAX_NAMED_AGENCIES).join(', ');
  const more = agencies.length - MAX_NAMED_AGENCIES;
  return more > 0 ? `${named} and ${more} more` : named;
}

/** Rejected when the signal is aborted. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new ProtocolError('unavailable', 'nobody waits any more'));
    if (signal?.aborted === true) fail();
    signal?.addEventListener('abort', fail, { once: true });
  });
}
