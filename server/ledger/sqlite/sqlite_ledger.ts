import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { ConfigurationError, OperationError } from '../../../program/exit';
import {
  AgencyTakenOver,
  APPEND_OUTCOMES,
  AppendOutcome,
  Draw,
  DRAW_STATES,
  DrawState,
  DrawTerms,
  FoundWinners,
  Ledger,
  LedgerBatch,
  ledgerClosed,
  ledgerFull,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  NOTHING_FOUND,
  Standing,
} from '../ledger';
import { Takeover } from '../takeover';
import { DrawRunner } from './draw_runner';
import { FolderLock } from './folder_lock';
import { HandOverSender, newHandOverMemory } from './hand_over';
import {
  Answer,
  APPEND,
  BATCH_TEXT,
  CLOSE,
  CLOSE_SALE,
  DRAW_STATE,
  FINISH,
  Found,
  FromWriter,
  NOTE,
  Operation,
  STANDING,
  STANDINGS,
  STORE_DRAW,
  WriterStart,
} from './operations';

/** Texts on their way to the writer, beside one batch of the largest kind. */
const QUEUED_TEXT_BYTES = 5 * 1024 * 1024;
/** What an operation counts as beside its text. */
const OPERATION_BYTES = 1024;
/** How long to wait before the ledger is opened again behind a failure. */
const REOPEN_MS = 100;

/** What the ledger needs from the program around it. */
export interface SqliteLedgerSettings {
  readonly folder: string;
  readonly terms: LotteryTerms;
  /** The longest text of a batch that will be appended. */
  readonly maxBatchBytes: number;
  /** Called when the writer itself breaks down: the ledger is of no more use then. */
  readonly onBroken: (error: Error) => void;
  /** Told what is wrong with the storage while nothing has failed by it. */
  readonly onTrouble: (reason: string) => void;
}

/** An operation that was not answered yet. */
interface Pending {
  readonly resolve: (answer: Answer, found: Found[]) => void;
  readonly reject: (error: LedgerUnavailable) => void;
}

/**
 * The ledger in SQLite: this side runs in the main thread and decides the order; a writer thread stores.
 *
 * Operations travel through shared memory (hand_over.ts). What is handed over in one turn of the event loop becomes
 * visible to the writer together; the writer commits whatever waits for it. When a commit fails, its writer ends,
 * and a new one opens the ledger from what is durable; operations that are made meanwhile wait for it.
 */
export class SqliteLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly isShared = false;
  /** Told of each commit: how many operations it carried out, and the time it took. */
  onCommit: (group: { readonly operations: number; readonly durationMs: number }) => void = () => undefined;
  readonly #settings: SqliteLedgerSettings;
  readonly #lock: FolderLock;
  readonly #start: WriterStart;
  readonly #sender: HandOverSender;
  /** Undefined while there is none, behind a failure. */
  #writer: Worker | undefined;
  /** Operations in the order in which they were put. */
  #pending: Pending[] = [];
  #isPublishScheduled = false;
  readonly #finished: Set<number>;
  readonly #takeover = new Takeover();
  #draw: Promise<Draw> | undefined;
  /** The draw that an operation on its way is to store. */
  #drawToStore: Draw | undefined;
  readonly #drawRunner: DrawRunner;
  #closing: Promise<void> | undefined;
  /** Nothing is taken any more. */
  #isOver = false;
  #reopenTimer: NodeJS.Timeout | undefined;
  #reopening: Promise<void> | undefined;
  #confirmEnded: () => void = () => undefined;

  /**
   * Opens the ledger in a folder, creating both if need be.
   *
   * @throws ConfigurationError when the ledger is that of a lottery with other terms
   * @throws OperationError when it cannot be opened
   */
  static async open(settings: SqliteLedgerSettings): Promise<SqliteLedger> {
    const { folder, terms, maxBatchBytes } = settings;
    const lock = FolderLock.take(folder);
    try {
      // A text may leave a gap of its own length at the end of the ring.
      const memory = newHandOverMemory(QUEUED_TEXT_BYTES + 2 * maxBatchBytes);
      const start: WriterStart = {
        folder,
        terms,
        mayCreate: !lock.isMade,
        memory,
        committedFrames: undefined,
      };
      const { writer, state } = await startWriter(start);
      lock.markMade();
      return new SqliteLedger(settings, lock, start, writer, state);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(
    settings: SqliteLedgerSettings,
    lock: FolderLock,
    start: WriterStart,
    writer: Worker,
    state: LedgerState,
  ) {
    this.#settings = settings;
    this.#lock = lock;
    this.#start = start;
    this.#sender = new HandOverSender(start.memory);
    this.#drawRunner = new DrawRunner({ folder: start.folder, winnerNumber: start.terms.winnerNumber });
    this.openedWith = state;
    this.#finished = new Set(state.finishedAgencies);
    if (state.draw !== undefined) this.#draw = Promise.resolve(state.draw);
    this.#attend(writer);
  }

  get queuedBytes(): number {
    return this.#sender.textBytes + this.#sender.operations * OPERATION_BYTES;
  }

  /** Whether operations are carried out now: not while a failed writer is being replaced. */
  get isAvailable(): boolean {
    return this.#writer !== undefined && !this.#isOver;
  }

  async append(batch: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome> {
    if (!this.#takeover.maySend(batch.agency, ask)) throw new AgencyTakenOver();
    const { agency, batchId, betCount, lastBetId, text } = batch;
    const operation: Operation = { kind: APPEND, agency, batchId, betCount, lastBetId };
    const [outcome] = await this.#handOver(operation, requestId, text);
    return APPEND_OUTCOMES[outcome]!;
  }

  async finish(agency: number, requestId?: string): Promise<number> {
    // The draw is near: whoever waits for it need not wait for its thread to start.
    if (this.#draw === undefined) this.#drawRunner.prepare();
    await this.#handOver(operationOf(FINISH, agency), requestId);
    return this.#finished.add(agency).size;
  }

  async standing(agency: number, requestId?: string): Promise<Standing> {
    const answer = await this.#handOver(operationOf(STANDING, agency), requestId);
    const [lastBatchId, lastBetId, batches, bets, isFinished] = answer;
    return { lastBatchId, lastBetId, batches, bets, isFinished: isFinished === 1 };
  }

  async standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]> {
    const [, found] = await this.#ask(operationOf(STANDINGS, after, limit), requestId, () => true);
    return found === undefined || found instanceof Uint8Array ? [] : found;
  }

  async batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined> {
    const operation = operationOf(BATCH_TEXT, agency, batchId);
    const [, text] = await this.#ask(operation, requestId, ([isFound]) => isFound === 1);
    return text instanceof Uint8Array ? Buffer.from(text.buffer) : undefined;
  }

  async drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState> {
    const [state] = await this.#handOver(operationOf(DRAW_STATE, winnersOf ?? 0), requestId);
    return DRAW_STATES[state]!;
  }

  async note(line: string): Promise<void> {
    await this.#handOver(operationOf(NOTE, 0), line);
  }

  draw(terms: DrawTerms): Promise<Draw> {
    if (this.#isOver) return Promise.reject(ledgerClosed());
    this.#draw ??= this.#runDraw(terms).catch((error: unknown) => {
      this.#draw = undefined;
      throw error;
    });
    return this.#draw;
  }

  /** Nobody else has the ledger: there is nothing to tell. */
  watch(): void {
    // See above.
  }

  close(): Promise<void> {
    this.#isOver = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#reopenTimer);
    await this.#reopening;
    await this.#drawRunner.stop();
    if (this.#writer === undefined) {
      this.#rejectAll(ledgerClosed());
    } else {
      const ended = new Promise<void>((resolve) => (this.#confirmEnded = resolve));
      this.#sender.put(operationOf(CLOSE, 0));
      this.#sender.publish();
      await ended;
    }
    await this.#writer?.terminate();
    this.#lock.release();
  }

  #handOver(operation: Operation, label?: string, text?: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => this.#put({ resolve, reject }, operation, label, text));
  }

  /** The answer, and what was found where `hasFound` says so of the answer. */
  #ask(
    operation: Operation,
    label: string | undefined,
    hasFound: (answer: Answer) => boolean,
  ): Promise<[Answer, Found | undefined]> {
    return new Promise((resolve, reject) => {
      const take = (answer: Answer, found: Found[]): void =>
        resolve([answer, hasFound(answer) ? found.shift() : undefined]);
      this.#put({ resolve: take, reject }, operation, label);
    });
  }

  #put(pending: Pending, operation: Operation, label?: string, text?: Buffer): void {
    if (this.#isOver) return pending.reject(ledgerClosed());
    if (!this.#sender.put(operation, text, label)) {
      return pending.reject(ledgerFull());
    }
    this.#pending.push(pending);
    this.#schedulePublish();
  }

  /** At the end of this turn of the event loop, when all sockets that had something were read. */
  #schedulePublish(): void {
    if (this.#isPublishScheduled) return;
    this.#isPublishScheduled = true;
    setImmediate(() => {
      this.#isPublishScheduled = false;
      this.#sender.publish();
    });
  }

  #attend(writer: Worker): void {
    this.#writer = writer;
    if (this.#drawToStore !== undefined) writer.postMessage(this.#drawToStore);
    writer.on('message', (message: FromWriter) => this.#receive(message));
    writer.on('error', (error) => this.#breakDown(error));
    writer.on('exit', () => {
      if (this.#writer !== writer) return;
      if (!this.#isOver) return this.#breakDown(new Error('the writer has ended'));
      this.#writer = undefined;
      this.#confirmEnded();
    });
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'committed':
        this.onCommit(message);
        return this.#fulfil(message.operations, [...message.found]);
      case 'not-moved':
        return this.#settings.onTrouble(message.reason);
      case 'failed':
        return this.#replaceWriter(message.reason, message.committedFrames);
      case 'closed':
        return this.#confirmEnded();
      case 'opened':
      case 'not-opened':
    }
  }

  #fulfil(operations: number, found: Found[]): void {
    for (const pending of this.#pending.splice(0, operations)) {
      pending.resolve(this.#sender.release(), found);
    }
  }

  /**
   * The writer has ended. Everything that was made until now is rejected with what failed (the contract's last
   * promise); what comes now waits for the next writer.
   */
  #replaceWriter(reason: string, committedFrames: number | undefined): void {
    this.#writer = undefined;
    this.#rejectAll(new LedgerUnavailable(reason));
    if (this.#isOver) return this.#confirmEnded();
    // Not at once: a disk that stays full would be asked without a pause.
    this.#reopenTimer = setTimeout(() => {
      this.#reopening = this.#reopen(committedFrames);
    }, REOPEN_MS);
  }

  async #reopen(committedFrames: number | undefined): Promise<void> {
    try {
      const { writer } = await startWriter({ ...this.#start, mayCreate: false, committedFrames });
      this.#attend(writer);
    } catch (error) {
      this.#replaceWriter(error instanceof Error ? error.message : String(error), committedFrames);
    }
  }

  #rejectAll(error: LedgerUnavailable): void {
    const rejected = this.#pending;
    this.#pending = [];
    this.#sender.reset();
    for (const pending of rejected) pending.reject(error);
  }

  /** The writer has gone in a way that nobody foresaw: nobody is answered any more. */
  #breakDown(error: Error): void {
    this.#isOver = true;
    this.#writer = undefined;
    this.#rejectAll(new LedgerUnavailable('the writer has broken down'));
    this.#confirmEnded();
    this.#settings.onBroken(error);
  }

  /** The sale is closed first, so that what the draw reads is what will ever be stored. */
  async #runDraw(terms: DrawTerms): Promise<Draw> {
    await this.#handOver(operationOf(CLOSE_SALE, 0));
    const found = terms.isCalledOff ? NOTHING_FOUND : await this.#findWinners();
    const draw: Draw = { ...found, ...terms };
    await this.#storeDraw(draw).finally(() => (this.#drawToStore = undefined));
    return draw;
  }

  #storeDraw(draw: Draw): Promise<unknown> {
    this.#drawToStore = draw;
    this.#writer?.postMessage(draw);
    return this.#handOver(operationOf(STORE_DRAW, 0));
  }

  #findWinners(): Promise<FoundWinners> {
    if (this.#isOver) return Promise.reject(ledgerClosed());
    return this.#drawRunner.run();
  }
}

/**
 * Starts a writer and waits until it has opened the ledger.
 *
 * @throws ConfigurationError, OperationError as it tells them
 */
function startWriter(start: WriterStart): Promise<{ writer: Worker; state: LedgerState }> {
  const writer = new Worker(join(__dirname, 'writer_thread.js'), { workerData: start });
  return new Promise((resolve, reject) => {
    writer.once('error', reject);
    writer.once('message', (message: FromWriter) => {
      writer.removeListener('error', reject);
      if (message.kind === 'opened') return resolve({ writer, state: message.state });
      if (message.kind !== 'not-opened')
        return reject(new Error(`the writer has begun with ${message.kind}`));
      const { reason, isConfiguration } = message;
      reject(isConfiguration ? new ConfigurationError(reason) : new OperationError(reason));
    });
  });
}

function operationOf(kind: number, agency: number, batchId = 0): Operation {
  return { kind, agency, batchId, betCount: 0, lastBetId: 0 };
}
