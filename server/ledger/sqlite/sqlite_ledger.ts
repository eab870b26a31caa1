import { oneLine } from '../../../program/exit';
import { Clock, SYSTEM_CLOCK } from '../../../program/clock';
import {
  AgencyTakenOver,
  Ledger,
  ledgerClosed,
  ledgerFull,
  LedgerDamaged,
  LedgerState,
  LedgerUnavailable,
  LotteryTerms,
  SearchResult,
} from '../ledger';
import type { AnswerTo, Operation, OperationKind, OperationOf } from '../operation';
import { Takeover } from '../takeover';
import { asDamage } from './damage';
import { DrawRunner } from './draw_runner';
import { FolderLock } from './folder_lock';
import { Notice, takeLedgerFolder } from './notices';
import { decodeAnswer, encodeOperation, END, labelOf, LargeAnswer } from './slot_codec';
import { newRingMemory, RingMemory, SubmissionSender } from './submission_ring';
import { RunningWriter, StartedWriter, startWriter } from './start_writer';
import type { FromWriter, ToWriter, WriterFailure, WriterStart } from './writer_messages';

/** Texts on their way to the writer, beside one batch of the largest kind. */
const QUEUED_TEXT_BYTES = 5 * 1024 * 1024;
/** What an operation counts as beside its text. */
const OPERATION_BYTES = 1024;
/** How long to wait before the ledger is opened again after a failure. */
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
  /** Told at the start what an operator should know of the ledger, by name. */
  readonly onNotice?: (details: Notice) => void;
}

/** What the ledger is made of beside this side of it. */
export interface SqliteLedgerParts {
  /** Takes a folder for this process, as {@link takeLedgerFolder} does. */
  readonly takeFolder: (
    folder: string,
  ) => Pick<FolderLock, 'isMade' | 'markMade' | 'release'> & { notices?: () => readonly Notice[] };
  /** Starts a writer that opens the ledger, as {@link startWriter} does. */
  readonly startWriter: (start: WriterStart) => Promise<StartedWriter>;
  /** Looks for the winners in a folder's ledger. */
  readonly newSearch: (folder: string) => WinnerSearch;
  /** Memory for texts of so many bytes on their way, as {@link newRingMemory} makes it. */
  readonly newMemory: (textBytes: number) => RingMemory;
  readonly clock: Clock;
}

/** A search for the winners, as {@link DrawRunner} is one. */
export type WinnerSearch = Pick<DrawRunner, 'run' | 'stop'> & { prepare(): void };

/** On threads of this process, by the machine's clock. */
const ON_THREADS: SqliteLedgerParts = {
  takeFolder: takeLedgerFolder,
  startWriter,
  newSearch: (folder) => new DrawRunner({ folder }),
  newMemory: newRingMemory,
  clock: SYSTEM_CLOCK,
};

/** An operation that was not answered yet. */
interface Pending {
  readonly operation: Operation;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: LedgerUnavailable | LedgerDamaged) => void;
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
      const started = await parts.startWriter(start);
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
    return this.#sender.textBytes + this.#sender.operations * OPERATION_BYTES;
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
    if (this.#writer === undefined) {
      this.#rejectAll(ledgerClosed());
    } else {
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
    const { operation } = pending;
    const text = operation.kind === 'place' ? operation.batch.text : undefined;
    if (!this.#sender.put(encodeOperation(operation), text, labelOf(operation))) {
      return pending.reject(ledgerFull());
    }
    this.#pending.push(pending);
    if (this.#writer !== undefined) sendDraw(this.#writer, operation);
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
    for (const { operation, resolve } of this.#pending.splice(0, operations)) {
      resolve(this.#answerTo(operation, () => parts.next().value) as never);
    }
    // What is told now is read only when this turn is over: those who wait for room come first.
    this.#tellRoom();
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
    const rejected = this.#pending;
    this.#pending = [];
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

/** Why a writer has ended: for good where the file is damaged, else for a while. */
function failureOf({ reason, isDamaged }: WriterFailure): LedgerUnavailable | LedgerDamaged {
  return isDamaged ? asDamage(reason) : new LedgerUnavailable(reason);
}
