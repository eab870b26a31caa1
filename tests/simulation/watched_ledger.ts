import { Ledger, LedgerNews, LedgerState, SearchResult } from '../../server/ledger/ledger';
import { AnswerTo, Operation } from '../../server/ledger/operation';
import { MAX_OVERDUE_MS } from '../../server/ledger/draw';
import { LifeClock } from './life_clock';
import { ServerSetup } from './simulated_storage';

/** What a {@link WatchedLedger} needs around it. */
export interface WatchedLedgerContext {
  readonly life: LifeClock;
  readonly setup: ServerSetup;
  readonly wallTimeMs: () => number;
  /** Told of a broken promise. */
  readonly report: (error: Error) => void;
}

/** A ledger, and a look at what the lottery asks of it: whether it keeps to its deadline, by the wall clock. */
export class WatchedLedger implements Ledger {
  readonly #ledger: Ledger;
  readonly #context: WatchedLedgerContext;
  /** As far as the lottery can know. */
  #firstFinishedAtMs: number | undefined;
  #isMet = false;

  constructor(ledger: Ledger, context: WatchedLedgerContext) {
    this.#ledger = ledger;
    this.#context = context;
    this.#firstFinishedAtMs = ledger.openedWith.firstFinishedAtMs;
  }

  get openedWith(): LedgerState {
    return this.#ledger.openedWith;
  }

  get isShared(): boolean {
    return this.#ledger.isShared;
  }

  get queuedBytes(): number {
    return this.#ledger.queuedBytes;
  }

  submit<O extends Operation>(operation: O): Promise<AnswerTo<O>> {
    // What a process asks for after its end, nobody hears.
    if (this.#context.life.isOver) return new Promise(() => undefined);
    if (operation.kind === 'close-sale' && operation.whenMissing !== undefined)
      this.#checkClose(operation.whenMissing);
    const isLate = operation.kind === 'place' && this.#isDue();
    const answer = this.#ledger.submit(operation);
    void answer.then(
      (given) => this.#checkAnswer(operation, given, isLate),
      () => undefined,
    );
    return answer;
  }

  findWinners(winnerNumber: number): Promise<SearchResult> {
    return this.#ledger.findWinners(winnerNumber);
  }

  watch(listener: (news: LedgerNews) => void): void {
    this.#ledger.watch((news) => {
      this.#firstFinishedAtMs ??= news.firstFinishedAtMs;
      listener(news);
    });
  }

  watchRoom(listener: () => void): void {
    this.#ledger.watchRoom(listener);
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  /** By how much the deadline has passed; `undefined` where none runs. */
  get #overMs(): number | undefined {
    const { deadline } = this.#context.setup;
    if (deadline === undefined) return undefined;
    const nowMs = this.#context.wallTimeMs();
    if ('atMs' in deadline) return nowMs - deadline.atMs;
    if (this.#firstFinishedAtMs === undefined) return undefined;
    return nowMs - this.#firstFinishedAtMs - deadline.afterFirstFinishMs;
  }

  /** Whether the sale must be over, since the deadline has passed and is not held. */
  #isDue(): boolean {
    const overMs = this.#overMs;
    if (overMs === undefined || overMs < 0) return false;
    return overMs <= MAX_OVERDUE_MS || this.#isMet || this.#context.setup.actsOnOverdue;
  }

  #checkClose(whenMissing: string): void {
    const { report, setup } = this.#context;
    if (whenMissing !== setup.deadline?.action)
      report(new Error(`the deadline's action is not ${whenMissing}`));
    if (!this.#isDue()) report(new Error(`closed by a deadline that is over by ${this.#overMs} ms`));
    this.#isMet = true;
  }

  #checkAnswer(operation: Operation, answer: unknown, isLate: boolean): void {
    if (operation.kind === 'finish')
      this.#firstFinishedAtMs ??= (answer as AnswerTo<typeof operation>).firstFinishedAtMs;
    if (operation.kind !== 'place' || !isLate) return;
    if ((answer as AnswerTo<typeof operation>).outcome !== 'stored') return;
    const { agency, batchId } = operation.batch;
    this.#context.report(
      new Error(`batch ${batchId} of agency ${agency} came after the deadline and is stored`),
    );
  }
}
