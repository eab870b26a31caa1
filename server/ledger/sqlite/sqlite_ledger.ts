import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { SEMICOLON } from '../../../protocol/ascii';
import { ConfigurationError, OperationError } from '../../../program/exit';
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
} from '../ledger';
import type { FoundWinners } from './draw_scan';
import type { DrawAnswer, DrawStart } from './draw_thread';
import {
  APPEND,
  CLOSE_SALE,
  FINISH,
  FromWriter,
  OUTCOMES,
  Parcel,
  STANDING,
  ToWriter,
  WriterStart,
} from './operations';
import { answerAt } from './writer';
import type { WriterOpened } from './writer_thread';

/** Texts are handed over at the latest when this much has come together. */
const MAX_PARCEL_BYTES = 1024 * 1024;

const NOTHING_FOUND: FoundWinners = { winners: new Map(), bets: 0 };

/** An operation that was not answered yet. */
interface Pending {
  readonly textBytes: number;
  readonly resolve: (answer: readonly [number, number, number]) => void;
  readonly reject: (error: LedgerUnavailable) => void;
}

/**
 * The ledger in SQLite: this side runs in the main thread and decides the order; a writer thread stores.
 *
 * What is handed over in one turn of the event loop travels as one parcel; the writer commits all parcels that
 * wait for it together.
 */
export class SqliteLedger implements Ledger {
  readonly openedWith: LedgerState;
  readonly #start: WriterStart;
  readonly #writer: Worker;
  #operations: number[] = [];
  #texts: Buffer[] = [];
  #textBytes = 0;
  #collecting: Pending[] = [];
  /** The operations of the parcels that the writer has, in the order in which they were posted. */
  readonly #posted: Pending[][] = [];
  #isFlushScheduled = false;
  #queuedBytes = 0;
  readonly #finished: Set<number>;
  #draw: Promise<Draw> | undefined;
  #drawThread: Worker | undefined;
  #settleDraw: { resolve: () => void; reject: (error: LedgerUnavailable) => void } | undefined;
  #closing: Promise<void> | undefined;
  /** Nothing is taken any more. */
  #isOver = false;
  #isBroken = false;
  #confirmClosed: () => void = () => undefined;

  /**
   * Opens the ledger in a folder, creating both if need be.
   *
   * @param onFailure called when the writer thread itself breaks down: the ledger is of no more use then
   * @throws ConfigurationError when the ledger is that of a lottery with other terms
   * @throws OperationError when it cannot be opened
   */
  static async open(
    folder: string,
    terms: LotteryTerms,
    onFailure: (error: Error) => void,
  ): Promise<SqliteLedger> {
    const start: WriterStart = { folder, terms };
    const writer = new Worker(join(__dirname, 'writer_thread.js'), { workerData: start });
    const [opened] = (await once(writer, 'message')) as [WriterOpened];
    if (opened.kind === 'not-opened') {
      throw opened.isConfiguration
        ? new ConfigurationError(opened.reason)
        : new OperationError(opened.reason);
    }
    const ledger = new SqliteLedger(start, writer, opened.state);
    writer.on('error', (error) => {
      ledger.#breakDown();
      onFailure(error);
    });
    return ledger;
  }

  private constructor(start: WriterStart, writer: Worker, state: LedgerState) {
    this.#start = start;
    this.#writer = writer;
    this.openedWith = state;
    this.#finished = new Set(state.finishedAgencies);
    if (state.draw !== undefined) this.#draw = Promise.resolve(state.draw);
    writer.on('message', (message: FromWriter) => this.#receive(message));
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  async append({ agency, batchId, betCount, lastBetId, text }: LedgerBatch): Promise<AppendOutcome> {
    const [outcome] = await this.#handOver(APPEND, agency, batchId, betCount, lastBetId, text);
    return OUTCOMES[outcome]!;
  }

  async finish(agency: number): Promise<ReadonlySet<number>> {
    await this.#handOver(FINISH, agency);
    return new Set(this.#finished.add(agency));
  }

  async standing(agency: number): Promise<Standing> {
    const [lastBatchId, lastBetId, bets] = await this.#handOver(STANDING, agency);
    return { lastBatchId, lastBetId, bets };
  }

  draw(terms: DrawTerms): Promise<Draw> {
    if (this.#isOver) return Promise.reject(new LedgerUnavailable('the ledger is closed'));
    this.#draw ??= this.#runDraw(terms).catch((error: unknown) => {
      this.#draw = undefined;
      throw error;
    });
    return this.#draw;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#flush();
    this.#isOver = true;
    const closed = new Promise<void>((resolve) => (this.#confirmClosed = resolve));
    this.#post({ kind: 'close' });
    this.#settleDraw?.reject(new LedgerUnavailable('the ledger is closed'));
    await this.#drawThread?.terminate();
    if (!this.#isBroken) await closed;
    await this.#writer.terminate();
  }

  /** The writer has gone: nobody is answered any more. */
  #breakDown(): void {
    this.#isOver = true;
    this.#isBroken = true;
    this.#confirmClosed();
    const reason = 'the writer has broken down';
    this.#settleDraw?.reject(new LedgerUnavailable(reason));
    const open = [...this.#posted.splice(0).flat(), ...this.#collecting.splice(0)];
    for (const pending of open) pending.reject(new LedgerUnavailable(reason));
    this.#queuedBytes = 0;
  }

  #handOver(
    kind: number,
    agency: number,
    batchId = 0,
    betCount = 0,
    lastBetId = 0,
    text?: Buffer,
  ): Promise<readonly [number, number, number]> {
    if (this.#isOver) return Promise.reject(new LedgerUnavailable('the ledger is closed'));
    const textBytes = text?.length ?? 0;
    this.#operations.push(kind, agency, batchId, betCount, lastBetId, textBytes);
    if (text !== undefined) this.#texts.push(text);
    this.#textBytes += textBytes;
    this.#queuedBytes += textBytes;
    const answered = new Promise<readonly [number, number, number]>((resolve, reject) => {
      this.#collecting.push({ textBytes, resolve, reject });
    });
    if (this.#textBytes >= MAX_PARCEL_BYTES) this.#flush();
    else this.#scheduleFlush();
    return answered;
  }

  /** At the end of this turn of the event loop, when all sockets that had something were read. */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    setImmediate(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#collecting.length === 0) return;
    const operations = Float64Array.from(this.#operations);
    const text = joinTexts(this.#texts, this.#textBytes);
    this.#posted.push(this.#collecting);
    this.#operations = [];
    this.#texts = [];
    this.#textBytes = 0;
    this.#collecting = [];
    const parcel: Parcel = { kind: 'parcel', operations, text };
    this.#writer.postMessage(parcel, [operations.buffer, text.buffer]);
  }

  #post(message: ToWriter): void {
    this.#writer.postMessage(message);
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'committed':
        this.#fulfil(message.parcels, message.answers);
        break;
      case 'rejected':
        this.#reject(message.parcels, message.reason);
        break;
      case 'draw-stored':
        this.#settleDraw?.resolve();
        break;
      case 'draw-rejected':
        this.#settleDraw?.reject(new LedgerUnavailable(message.reason));
        this.#goOnIfAllRejected();
        break;
      case 'closed':
        this.#confirmClosed();
        break;
    }
  }

  #fulfil(parcels: number, answers: Float64Array): void {
    let index = 0;
    for (const pending of this.#posted.splice(0, parcels).flat()) {
      this.#queuedBytes -= pending.textBytes;
      pending.resolve(answerAt(answers, index++));
    }
  }

  /**
   * Everything that the writer has is rejected with it, and what was collected meanwhile as well: only then may it
   * take new work (the contract's last promise).
   */
  #reject(parcels: number, reason: string): void {
    const rejected = this.#posted.splice(0, parcels).flat();
    if (this.#posted.length === 0) {
      rejected.push(...this.#collecting);
      this.#operations = [];
      this.#texts = [];
      this.#textBytes = 0;
      this.#collecting = [];
    }
    for (const pending of rejected) {
      this.#queuedBytes -= pending.textBytes;
      pending.reject(new LedgerUnavailable(reason));
    }
    this.#goOnIfAllRejected();
  }

  #goOnIfAllRejected(): void {
    if (this.#posted.length === 0) this.#post({ kind: 'go-on' });
  }

  /** The sale is closed first, so that what the draw reads is what will ever be stored. */
  async #runDraw(terms: DrawTerms): Promise<Draw> {
    await this.#handOver(CLOSE_SALE, 0);
    const found = terms.isCalledOff ? NOTHING_FOUND : await this.#findWinners();
    const draw: Draw = { ...found, ...terms };
    this.#requireOpen();
    const stored = new Promise<void>((resolve, reject) => (this.#settleDraw = { resolve, reject }));
    this.#post({ kind: 'store-draw', draw });
    await stored;
    return draw;
  }

  #requireOpen(): void {
    if (this.#isOver) throw new LedgerUnavailable('the ledger is closed');
  }

  async #findWinners(): Promise<FoundWinners> {
    this.#requireOpen();
    const { folder, terms } = this.#start;
    const start: DrawStart = { folder, winnerNumber: terms.winnerNumber };
    const thread = new Worker(join(__dirname, 'draw_thread.js'), { workerData: start });
    this.#drawThread = thread;
    const answer = await new Promise<DrawAnswer>((resolve) => {
      thread.once('message', resolve);
      thread.once('error', (error) => resolve({ reason: error.message }));
      thread.once('exit', () => resolve({ reason: 'the draw was stopped' }));
    });
    this.#drawThread = undefined;
    if ('reason' in answer) throw new LedgerUnavailable(answer.reason);
    return answer.found;
  }
}

function joinTexts(texts: readonly Buffer[], textBytes: number): Buffer<ArrayBuffer> {
  const joined = Buffer.allocUnsafeSlow(textBytes + Math.max(texts.length - 1, 0));
  let offset = 0;
  for (const text of texts) {
    if (offset > 0) joined[offset++] = SEMICOLON;
    text.copy(joined, offset);
    offset += text.length;
  }
  return joined;
}
