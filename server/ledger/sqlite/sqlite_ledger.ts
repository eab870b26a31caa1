import { oneLine } from '../../../program/exit';
import {
  AgencyTakenOver,
  Ledger,
  ledgerClosed,
  ledgerFull,
  LedgerDamaged,
  LedgerState,
  LedgerUnavailable,
  SearchResult,
} from '../ledger';
import type { AnswerTo, Operation, OperationKind, OperationOf } from '../operation';
import { Takeover } from '../takeover';
import { decodeAnswer, isPostponed, LargeAnswer } from './answer_codec';
import { failureOf } from './damage';
import { PostponedReads } from './postponed_reads';
import { again, encodeOperation, END } from './slot_codec';
import { labelOf, textOf } from './slot_texts';
import { SubmissionSender } from './submission_ring';
import {
  ON_THREADS,
  SqliteLedgerParts,
  SqliteLedgerSettings,
  startUnlocked,
  tellOfHeldLog,
  WinnerSearch,
} from './sqlite_parts';
import { RunningWriter, StartedWriter } from './start_writer';
import type { FromWriter, ToWriter, WriterStart } from './writer_messages';

const MEBIBYTE = 1024 * 1024;
/** Texts on their way to the writer, beside one of the largest kind. */
const QUEUED_TEXT_BYTES = 5 * MEBIBYTE;
/** What an operation counts as beside its text. */
const OPERATION_BYTES = 1024;
/** How long to wait before the ledger is opened again after a failure. */
const REOPEN_MS = 100;

/** An operation that was not answered yet. */
interface Pending {
  readonly operation: Operation;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: LedgerUnavailable | LedgerDamaged) => void;
  /** Whether it was postponed, and is on its way again. */
  readonly isAgain?: boolean;
}

/**
 * The ledger in SQLite: this side runs in the main thread and decides the order; a writer thread stores.
 *
 * Operations travel through shared memory (submission_ring.ts). What is submitted in one turn of the event loop becomes
 * visible to the writer together; the writer commits whatever waits for it. When a commit fails, its writer ends,
 * and a new one opens the ledger from what is durable; operations that are made meanwhile wait for it.
 */
export class SqliteLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly isShared = false;
  /** Told of each commit: how many operations it carried out, and the time it took. */
  onCommit: (group: { readonly operations: number; readonly durationMs: number }) => void = () => undefined;
  readonly #settings: SqliteLedgerSettings;
  readonly #parts: SqliteLedgerParts;
  readonly #lock: ReturnType<SqliteLedgerParts['takeFolder']>;
  readonly #start: WriterStart;
  readonly #sender: SubmissionSender;
  /** Undefined while there is none, after a failure. */
  #writer: RunningWriter | undefined;
  /** Operations in the order in which they were put. */
  #pending: Pending[] = [];
  #isPublishScheduled = false;
  /** What the writer has postponed, since it would have read too much in one commit; one of them is on its way again. */
  readonly #postponed = new PostponedReads<Pending>();
  #isAgainUnderWay = false;
  #logHeldBytes = 0;
  readonly #takeover = new Takeover();
  readonly #winnerSearch: WinnerSearch;
  #search: Promise<SearchResult> | undefined;
  #tellRoom: () => void = () => undefined;
  #closing: Promise<void> | undefined;
  /** Nothing is taken any more. */
  #isOver = false;
  #cancelReopening: () => void = () => undefined;
  #reopening: Promise<void> | undefined;
  #confirmEnded: () => void = () => undefined;

  /**
   * Opens the ledger in a folder, creating both if need be.
   *
   * @param parts threads and the machine's clock if left out; a simulation brings its own
   * @throws ConfigurationError when the ledger is that of a lottery with other terms
   * @throws OperationError when it cannot be opened
   */
  static async open(settings: SqliteLedgerSettings, parts = ON_THREADS): Promise<SqliteLedger> {
    const { folder, terms, maxBatchBytes } = settings;
    const lock = parts.takeFolder(folder);
    try {
      for (const notice of lock.notices?.() ?? []) settings.onNotice?.(notice);
      // A text may leave a gap of its own length at the end of the ring.
      const memory = parts.newMemory(QUEUED_TEXT_BYTES + 2 * maxBatchBytes);
      const start: WriterStart = {
        folder,
        terms,
        mayCreate: !lock.isMade,
        memory,
        committedFrames: undefined,
      };
      const started = await startUnlocked(parts, start, settings);
      lock.markMade();
      return new SqliteLedger(settings, parts, lock, start, started);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(
    settings: SqliteLedgerSettings,
    parts: SqliteLedgerParts,
    lock: ReturnType<SqliteLedgerParts['takeFolder']>,
    start: WriterStart,
    { writer, state }: StartedWriter,
  ) {
    this.#settings = settings;
    this.#parts = parts;
    this.#lock = lock;
    this.#start = start;
    this.#sender = new SubmissionSender(start.memory);
    this.#winnerSearch = parts.newSearch(start.folder);
    this.openedWith = state;
    this.#attend(writer);
  }

  get queuedBytes(): number {
    const operations = this.#sender.operations + this.#postponed.operations;
    return this.#sender.textBytes + this.#postponed.textBytes + operations * OPERATION_BYTES;
  }

  /** The bytes of the write-ahead log that could not be moved into the database, since a reader's transaction is open. */
  get logHeldBytes(): number {
    return this.#logHeldBytes;
  }

  /** Whether operations are carried out now: not while a failed writer is being replaced. */
  get isAvailable(): boolean {
    return this.#writer !== undefined && !this.#isOver;
  }

  submit<O extends Operation>(operation: O): Promise<AnswerTo<O>> {
    switch (operation.kind) {
      case 'place':
        if (this.#takeover.maySend(operation.batch.agency, operation.ask)) break;
        return Promise.reject(new AgencyTakenOver());
      case 'finish':
        // The draw is near: nobody who waits for it is to wait for its thread to start.
        if (this.openedWith.draw === undefined && !this.#isOver) this.#winnerSearch.prepare();
    }
    return new Promise((resolve, reject) => this.#put({ operation, resolve, reject }));
  }

  findWinners(winnerNumber: number): Promise<SearchResult> {
    if (this.#isOver) return Promise.reject(ledgerClosed());
    this.#search ??= this.#winnerSearch
      .run(winnerNumber)
      .then((found) => ({ found }))
      .finally(() => (this.#search = undefined));
    return this.#search;
  }

  /** No other server has the ledger: there is nothing to tell. */
  watch(): void {
    // See above.
  }

  watchRoom(listener: () => void): void {
    this.#tellRoom = listener;
  }

  close(): Promise<void> {
    this.#isOver = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelReopening();
    await this.#reopening;
    await this.#winnerSearch.stop();
    if (this.#writer === undefined) this.#rejectAll(ledgerClosed());
    else {
      for (const { reject } of this.#postponed.clear()) reject(ledgerClosed());
      this.#sender.stop();
      const ended = new Promise<void>((resolve) => (this.#confirmEnded = resolve));
      this.#sender.put(END);
      this.#sender.publish();
      await ended;
    }
    await this.#writer?.terminate();
    this.#lock.release();
  }

  #put(pending: Pending): void {
    if (this.#isOver) return pending.reject(ledgerClosed());
    if (!this.#tryPut(pending)) return pending.reject(ledgerFull());
    if (this.#writer !== undefined) sendDraw(this.#writer, pending.operation);
  }

  #tryPut(pending: Pending): boolean {
    const { operation, isAgain = false } = pending;
    const numbers = isAgain ? again(encodeOperation(operation)) : encodeOperation(operation);
    if (!this.#sender.put(numbers, textOf(operation), labelOf(operation))) return false;
    this.#pending.push(pending);
    this.#schedulePublish();
    return true;
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

  #attend(writer: RunningWriter): void {
    this.#writer = writer;
    for (const { operation } of this.#pending) sendDraw(writer, operation);
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
        return this.#fulfil(message.operations, message.large);
      case 'not-moved':
        return this.#settings.onTrouble(message.reason);
      case 'waiting':
        return this.#settings.onDelay?.(`a commit waits: ${message.reason}`);
      case 'log-held':
        this.#logHeldBytes = message.bytes;
        return tellOfHeldLog(message.bytes, this.#settings);
      case 'failed':
        return this.#replaceWriter(failureOf(message), message.committedFrames);
      case 'closed':
        return this.#confirmEnded();
      case 'opened':
      case 'not-opened':
    }
  }

  #fulfil(operations: number, large: readonly LargeAnswer[]): void {
    const parts = large.values();
    for (const pending of this.#pending.splice(0, operations)) {
      if (pending.isAgain) this.#isAgainUnderWay = false;
      if (isPostponed(this.#sender.answer)) this.#postpone(pending);
      else pending.resolve(this.#answerTo(pending.operation, () => parts.next().value) as never);
    }
    this.#putAgain();
    // What is told now is read only when this turn is over: those who wait for room come first.
    this.#tellRoom();
  }

  /** Keeps the oldest operation for a later commit. It changes nothing, so those behind it may go before. */
  #postpone({ operation, resolve, reject }: Pending): void {
    const kept =
      operation.kind === 'place'
        ? { ...operation, batch: { ...operation.batch, text: this.#sender.copyText() } }
        : operation;
    this.#sender.release();
    if (this.#isOver) return reject(ledgerClosed());
    this.#postponed.add({ operation: kept, resolve, reject, isAgain: true });
  }

  /** Sends one of those that were postponed on its way again. */
  #putAgain(): void {
    const { next } = this.#postponed;
    if (next === undefined || this.#isAgainUnderWay || this.#isOver) return;
    // Without room for it now, it goes when what fills the ring is answered.
    if (!this.#tryPut(next)) return;
    this.#isAgainUnderWay = true;
    this.#postponed.take();
  }

  /** Takes the answer to the oldest operation from its slot. */
  #answerTo<K extends OperationKind>(
    operation: OperationOf<K>,
    large: () => LargeAnswer | undefined,
  ): unknown {
    return decodeAnswer(operation, this.#sender.release(), large);
  }

  /**
   * The writer has ended. Everything that was submitted until now is rejected with what failed, as the contract
   * says; what comes now waits for the next writer.
   */
  #replaceWriter(failure: LedgerUnavailable | LedgerDamaged, committedFrames: number | undefined): void {
    this.#writer = undefined;
    this.#rejectAll(failure);
    if (this.#isOver) return this.#confirmEnded();
    // Not at once: a disk that stays full would be asked without a pause.
    this.#cancelReopening = this.#parts.clock.after(REOPEN_MS, () => {
      this.#reopening = this.#reopen(committedFrames);
    });
  }

  async #reopen(committedFrames: number | undefined): Promise<void> {
    try {
      const { writer } = await this.#parts.startWriter({ ...this.#start, mayCreate: false, committedFrames });
      this.#attend(writer);
    } catch (error) {
      this.#replaceWriter(new LedgerUnavailable(oneLine(error)), committedFrames);
    }
  }

  #rejectAll(error: LedgerUnavailable | LedgerDamaged): void {
    const rejected = [...this.#pending, ...this.#postponed.clear()];
    this.#pending = [];
    this.#isAgainUnderWay = false;
    this.#sender.reset();
    for (const pending of rejected) pending.reject(error);
    // Not before the rejections are delivered: nothing may be stored after a batch that its connection was refused.
    setImmediate(() => this.#tellRoom());
  }

  /** The writer has gone in a way that nobody foresaw: nothing is answered any more. */
  #breakDown(error: Error): void {
    this.#isOver = true;
    this.#writer = undefined;
    this.#rejectAll(new LedgerUnavailable('the writer has broken down'));
    this.#confirmEnded();
    this.#settings.onBroken(error);
  }
}

/** A draw is no number: it goes beside the ring, in the order of the operations that record one. */
function sendDraw(writer: RunningWriter, operation: Operation): void {
  if (operation.kind === 'record-draw') writer.postMessage(operation.draw satisfies ToWriter);
}
