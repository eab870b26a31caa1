/**
 * The draw as one state machine, from the open sale to the result that everybody is told:
 *
 *     awaited → closing → gated → searching → recording → announcing → decided
 *        ↑         ↓        ↓         ↓           ↓            ↓
 *        └──────── retrying (the ledger could not take it) ────┘
 *
 * `awaited` ends when all agencies have finished, or at the deadline. From any phase before it the keeper goes to
 * `decided` when another server's result is told, and to `stopped` when the lottery closes or the ledger is damaged.
 */
import type { Clock } from '../../program/clock';
import { oneLine } from '../../program/exit';
import type { Log } from '../../program/log';
import { DeadlineAction, Draw, DrawDeadline, DrawTerms, MAX_OVERDUE_MS, NOTHING_FOUND } from '../ledger/draw';
import { Ledger, LedgerNews, LedgerUnavailable, LotteryTerms, SearchResult } from '../ledger/ledger';
import { dueTimeMs, msUntilDeadline } from './draw_deadline';
import type { AnnouncingGate, DrawGate, GateName } from './draw_gates';
import { DrawLog } from './draw_log';
import { CALLED_OFF, NUMBER_GATE, NumberSource } from './draw_number';
import type { DrawPhase, DrawView } from './draw_view';

/** How long to wait before a draw that the ledger could not take is tried again. */
const RETRY_MS = 1_000;
/** The wall clock may be set, and a machine may sleep: the deadline is looked at this often at least. */
const LOOK_MS = 30_000;

/** How the draw is to be held. */
export interface DrawSettings {
  /** When it stops waiting for agencies; `undefined` for never. */
  readonly deadline?: DrawDeadline | undefined;
  /** Whether a deadline is acted on that has passed long ago: {@link MAX_OVERDUE_MS}. */
  readonly actsOnOverdue?: boolean | undefined;
  /** What must be so before the winners are looked for, in the order in which it is waited for. */
  readonly gates?: readonly DrawGate[] | undefined;
  /** Where the winning number comes from when the gates are open; it is that of the terms if left out. */
  readonly number?: NumberSource | undefined;
  /** What must be so before anybody is told of the result, which is stored. */
  readonly announcingGates?: readonly AnnouncingGate[] | undefined;
}

/** What the keeper needs from the lottery around it. */
export interface DrawKeeperContext extends DrawSettings {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTimeMs: () => number;
  readonly log: Log;
  /** Told of the result, also of one that was found at the opening, once, before {@link DrawKeeper.decided} resolves. */
  readonly onDecided: (draw: Draw) => void;
  /** No draw can be held over this ledger. */
  readonly onBroken: (error: Error) => void;
}

/** Holds the draw of one lottery. */
export class DrawKeeper {
  /** Resolves with the result that counts, once it is stored. */
  readonly decided: Promise<Draw>;
  /** Resolves when a sale that was to be closed at the opening is closed, or could not be. */
  readonly opened: Promise<void>;
  readonly #ledger: Ledger;
  readonly #terms: LotteryTerms;
  readonly #context: DrawKeeperContext;
  readonly #log: DrawLog;
  readonly #stopped = new AbortController();
  #phase: DrawPhase = 'awaited';
  #draw: Draw | undefined;
  #resolve: (draw: Draw) => void = () => undefined;
  #finished: number;
  #firstFinishedAtMs: number | undefined;
  /** The deadline was found to have passed in its time: it stays so however long the close of the sale takes. */
  #isDeadlineMet = false;
  /** The terms with which the sale is closed, once that is known. */
  #closedWith: DrawTerms | undefined;
  /** When that was learned, by the clock that never goes back, and what is waited for since. */
  #closedAtMs = 0;
  #gate: GateName | undefined;
  #tellNextGate: () => void = () => undefined;
  #nextGate = new Promise<void>((resolve) => (this.#tellNextGate = resolve));
  #decidedAtMs: number | undefined;
  #tookMs: number | undefined;
  /** Before this time no further failure is logged. */
  #tellFailureNotBeforeMs = 0;
  /** Before this time the ledger need not be asked again whether the deadline has passed. */
  #askNotBeforeMs = 0;
  #cancelTimer: () => void = () => undefined;

  /** @param ledger an open ledger: a draw that is due is held at once, and one whose sale was closed is completed */
  constructor(ledger: Ledger, terms: LotteryTerms, context: DrawKeeperContext) {
    this.#ledger = ledger;
    this.#terms = terms;
    this.#context = context;
    this.#log = new DrawLog(context.log, terms.agencies);
    const { finishedAgencies, firstFinishedAtMs, closedWith, draw, drawnAtMs } = ledger.openedWith;
    this.#finished = finishedAgencies.size;
    this.#firstFinishedAtMs = firstFinishedAtMs;
    this.#decidedAtMs = drawnAtMs;
    this.decided = new Promise((resolve) => (this.#resolve = resolve));
    this.opened = this.#open(closedWith, draw);
  }

  /** The result, once it is stored. */
  get draw(): Draw | undefined {
    return this.#draw;
  }

  /** How far it is, for those who watch. */
  get view(): DrawView {
    const { deadline, wallTimeMs } = this.#context;
    const number = this.#context.number?.view;
    const dueAtMs = deadline && dueTimeMs(deadline, this.#firstFinishedAtMs);
    const leftMs =
      dueAtMs === undefined ? undefined : dueAtMs - wallTimeMs() - (this.#ledger.clockAheadMs ?? 0);
    return {
      phase: this.#phase,
      gate: this.#phase === 'gated' || this.#phase === 'announcing' ? this.#gate : undefined,
      number,
      numberLeftMs: number?.dueAtMs === undefined ? undefined : number.dueAtMs - wallTimeMs(),
      isSaleClosed: this.#closedWith !== undefined || this.#draw !== undefined,
      deadline,
      dueAtMs,
      leftMs,
      isOverdue: this.#phase === 'awaited' && leftMs !== undefined && this.#isOverdue(leftMs),
      decidedAtMs: this.#decidedAtMs,
      tookMs: this.#tookMs,
    };
  }

  /** Resolves when it comes to a gate, the next one from now. */
  get nextGate(): Promise<void> {
    return this.#nextGate;
  }

  /** So many agencies have finished, at least, the first of them at this time. */
  finished(count: number, firstFinishedAtMs: number | undefined): void {
    this.#finished = Math.max(this.#finished, count);
    this.#firstFinishedAtMs ??= firstFinishedAtMs;
    void this.#look();
  }

  /** Another server has closed the sale, or stored the draw. */
  takeNews({ closedWith, draw }: Pick<LedgerNews, 'closedWith' | 'draw'>): void {
    if (draw !== undefined) return void this.#try(() => this.#announce(draw));
    if (closedWith === undefined || this.#phase !== 'awaited') return;
    this.#log.begin(closedWith);
    void this.#try(() => this.#hold(closedWith));
  }

  /** Closes the sale first if its deadline has passed. To be called before each batch: the close is then before it. */
  lookAtDeadline(): void {
    if (this.#context.deadline === undefined) return;
    // The ledger could not take the close: it must not take the batch before it.
    if (this.#phase === 'retrying' && this.#isDeadlineMet && this.#closedWith === undefined)
      return this.#retry();
    if (this.#phase !== 'awaited') return;
    const leftMs = this.#leftMs();
    if (leftMs !== undefined && leftMs <= 0 && this.#context.clock.nowMs() >= this.#askNotBeforeMs)
      void this.#look();
  }

  /** Starts nothing more. Those who wait for the draw go on waiting. */
  stop(): void {
    this.#cancelTimer();
    this.#stopped.abort();
    if (this.#phase !== 'decided') this.#phase = 'stopped';
  }

  async #open(closedWith: DrawTerms | undefined, draw: Draw | undefined): Promise<void> {
    if (draw !== undefined) return void this.#try(() => this.#announce(draw, { isKnown: true }));
    if (closedWith === undefined) return this.#look();
    // Only what stands in the ledger counts: how the sale was closed, whatever the settings say today.
    this.#log.begin(closedWith, { resumed: 'the sale was closed before' });
    void this.#try(() => this.#hold(closedWith));
  }

  /** Goes on to close the sale if it is time. @returns when that is done, or has failed */
  async #look(): Promise<void> {
    if (this.#phase !== 'awaited') return;
    this.#cancelTimer();
    if (this.#finished >= this.#terms.agencies) return this.#try(() => this.#close(undefined));
    const { deadline, clock } = this.#context;
    const leftMs = this.#leftMs();
    if (deadline === undefined || leftMs === undefined) return;
    const waitMs = Math.max(leftMs, this.#askNotBeforeMs - clock.nowMs());
    if (waitMs > 0) {
      this.#lookLater(waitMs);
      return;
    }
    if (this.#isOverdue(leftMs)) {
      this.#tellOverdue(deadline);
      return;
    }
    this.#isDeadlineMet = true;
    return this.#try(() => this.#close(deadline.action));
  }

  /** Whether nothing has moved it on while something was waited for. */
  #isIn(phase: DrawPhase): boolean {
    return this.#phase === phase;
  }

  /** How long until the deadline by the wall clock, less than 0 when it has passed; `undefined` where none runs. */
  #leftMs(): number | undefined {
    const { deadline, wallTimeMs } = this.#context;
    return deadline && msUntilDeadline(deadline, this.#firstFinishedAtMs, wallTimeMs());
  }

  #isOverdue(leftMs: number): boolean {
    return leftMs < -MAX_OVERDUE_MS && !this.#isDeadlineMet && this.#context.actsOnOverdue !== true;
  }

  #lookLater(delayMs: number): void {
    this.#cancelTimer = this.#context.clock.after(Math.min(delayMs, LOOK_MS), () => void this.#look());
  }

  #waitAt(phase: 'gated' | 'announcing', gate: GateName): void {
    this.#phase = phase;
    this.#gate = gate;
    this.#tellNextGate();
    this.#nextGate = new Promise((resolve) => (this.#tellNextGate = resolve));
  }

  /** Closes the sale and holds the draw, unless it turns out that it is not time. */
  async #close(whenMissing: DeadlineAction | undefined): Promise<void> {
    this.#phase = 'closing';
    const answer = await this.#ledger.submit({ kind: 'close-sale', whenMissing });
    if (!this.#isIn('closing')) return;
    if (answer.outcome === 'not-due') {
      this.#awaitAgain(answer.dueInMs);
      return;
    }
    this.#log.begin(answer.terms);
    // The opening waits for the close, not for the search.
    void this.#try(() => this.#hold(answer.terms));
  }

  /** The storage says that it is not time: its clock is the one that counts. */
  #awaitAgain(dueInMs: number | undefined): void {
    this.#phase = 'awaited';
    this.#isDeadlineMet = false;
    const { deadline, clock } = this.#context;
    if (deadline !== undefined && dueInMs !== undefined && this.#isOverdue(dueInMs))
      this.#tellOverdue(deadline);
    const waitMs = dueInMs !== undefined && dueInMs > 0 ? Math.min(dueInMs, LOOK_MS) : LOOK_MS;
    this.#askNotBeforeMs = clock.nowMs() + waitMs;
    this.#lookLater(waitMs);
  }

  /** Holds the draw; the sale is closed. */
  async #hold(terms: DrawTerms): Promise<void> {
    if (this.#closedWith === undefined) this.#closedAtMs = this.#context.clock.nowMs();
    this.#closedWith = terms;
    this.#cancelTimer();
    for (const gate of this.#context.gates ?? []) {
      this.#waitAt('gated', gate.name);
      await gate.pass(terms, this.#stopped.signal);
      if (!this.#isIn('gated')) return;
    }
    let winnerNumber = terms.isCalledOff ? undefined : this.#terms.winnerNumber;
    const { number: source } = this.#context;
    if (source !== undefined && !terms.isCalledOff) {
      this.#waitAt('gated', NUMBER_GATE);
      const given = await source.number(terms, this.#stopped.signal);
      if (!this.#isIn('gated')) return;
      winnerNumber = given === CALLED_OFF ? undefined : given;
    }
    this.#phase = 'searching';
    const result = await this.#search(winnerNumber);
    if (!this.#isIn('searching')) return;
    if (!('found' in result)) return this.#announce(result.draw);
    this.#phase = 'recording';
    const isCalledOff = winnerNumber === undefined;
    const draw: Draw = { ...result.found, ...terms, isCalledOff, winnerNumber };
    return this.#announce(await this.#ledger.submit({ kind: 'record-draw', draw }));
  }

  async #search(winnerNumber: number | undefined): Promise<SearchResult> {
    return winnerNumber === undefined ? { found: NOTHING_FOUND } : this.#ledger.findWinners(winnerNumber);
  }

  /** The one way to the end, however the result is learned. @param isKnown whether it was stored before the start */
  async #announce(draw: Draw, { isKnown = false } = {}): Promise<void> {
    if (this.#isIn('announcing') || this.#isIn('decided') || this.#isIn('stopped')) return;
    this.#phase = 'announcing';
    this.#cancelTimer();
    let isNews = !isKnown;
    for (const gate of this.#context.announcingGates ?? []) {
      this.#waitAt('announcing', gate.name);
      if (await gate.pass(draw, this.#stopped.signal)) isNews = true;
      if (!this.#isIn('announcing')) return;
    }
    this.#phase = 'decided';
    this.#draw = draw;
    if (isNews) this.#tellDecided(draw);
    this.#context.onDecided(draw);
    this.#resolve(draw);
  }

  #tellDecided(draw: Draw): void {
    const { clock, wallTimeMs } = this.#context;
    this.#decidedAtMs = wallTimeMs();
    if (this.#closedWith !== undefined) this.#tookMs = clock.nowMs() - this.#closedAtMs;
    this.#log.end(draw);
  }

  async #try(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Nothing else would start the draw again: every agency has finished already, or the deadline has passed. */
  #fail(error: unknown): void {
    if (this.#phase === 'decided' || this.#phase === 'stopped') return;
    if (!(error instanceof LedgerUnavailable)) {
      const reason = error instanceof Error ? error : new Error(String(error));
      this.stop();
      this.#log.broken(oneLine(reason));
      this.#context.onBroken(reason);
      return;
    }
    const { clock } = this.#context;
    this.#phase = 'retrying';
    this.#cancelTimer = clock.after(RETRY_MS, () => this.#retry());
    // The batches that come meanwhile ask for the close again: not each of them is a line in the log.
    if (clock.nowMs() < this.#tellFailureNotBeforeMs) return;
    this.#tellFailureNotBeforeMs = clock.nowMs() + RETRY_MS;
    this.#log.retry(error.message, RETRY_MS);
  }

  #retry(): void {
    const closedWith = this.#closedWith;
    // Whatever the settings and the clock say: a sale that is closed comes to its draw.
    if (closedWith !== undefined) return void this.#try(() => this.#hold(closedWith));
    this.#phase = 'awaited';
    void this.#look();
  }

  #tellOverdue(deadline: DrawDeadline): void {
    this.#log.overdue(deadline);
    this.#lookLater(LOOK_MS);
  }
}
