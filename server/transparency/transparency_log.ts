import { Worker } from 'node:worker_threads';

import type { Clock } from '../../program/clock';
import { oneLine, OperationError } from '../../program/exit';
import { ownProgram } from '../../program/own_files';
import type { SharedValues } from '../ledger/shared_values';
import type {
  FromLogThread,
  LogProgress,
  LogRequest,
  LogThreadStart,
  ToLogThread,
  WitnessedCheckpoint,
} from './log_messages';

const THREAD = ownProgram('server/log_thread');
/** How long to wait before a log that could not be written is taken up again. */
const RETRY_MS = 1_000;
/** How long a last look may take when the program is to stop. */
const LAST_LOOK_MS = 300;
/** Receipts that are asked for at once; further ones are told to ask again. */
const MAX_PENDING = 4_096;

/** What the log tells the program. */
export interface LogHooks {
  readonly clock: Clock;
  /** It cannot be written, or its ledger not be read, now; it is tried again. */
  readonly onTrouble: (reason: string) => void;
  /** What the ledger holds is not what was published: no bet may be taken any more. */
  readonly onBroken: (error: Error) => void;
  /** What the servers over its ledger share, where there may be several. */
  readonly shared?: SharedValues | undefined;
  /** Called when the log is closed. */
  readonly onClosed?: () => Promise<void>;
}

/** What the ledger holds is not what was published: trying again changes nothing. */
class LogRefused extends OperationError {}

type Settle = (bytes: Buffer | undefined) => void;

/** The log of a lottery, kept by a thread of its own. */
export class TransparencyLog {
  readonly #start: LogThreadStart;
  readonly #hooks: LogHooks;
  readonly #pending = new Map<number, Settle>();
  readonly #sealed: Promise<void>;
  #tellSealed: () => void = () => undefined;
  readonly #ended: Promise<void>;
  #tellEnded: () => void = () => undefined;
  #thread: Worker | undefined;
  #progress: LogProgress = { size: 0, isSealed: false, hasResult: false, signers: [], sealSigners: [] };
  #nextId = 1;
  #isClosed = false;
  #cancelRetry: () => void = () => undefined;

  /**
   * Starts the thread, and waits until all is in the log that is in the ledger.
   *
   * @throws OperationError when it cannot be written, or what was published is not what the ledger holds
   */
  static async open(start: LogThreadStart, hooks: LogHooks): Promise<TransparencyLog> {
    const log = new TransparencyLog(start, hooks);
    try {
      await log.#run();
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  private constructor(start: LogThreadStart, hooks: LogHooks) {
    this.#start = start;
    this.#hooks = hooks;
    this.#sealed = new Promise((resolve) => (this.#tellSealed = resolve));
    this.#ended = new Promise((resolve) => (this.#tellEnded = resolve));
  }

  /** Where it is kept: everything in there may be shown to anybody, but for the folder `number`. */
  get folder(): string {
    return this.#start.folder;
  }

  /** What the servers over its ledger share, where there may be several. */
  get shared(): SharedValues | undefined {
    return this.#hooks.shared;
  }

  /** How far it is. */
  get progress(): LogProgress {
    return this.#progress;
  }

  /**
   * The receipt of a batch, a C2SP tlog-proof.
   *
   * @param batchId 0 for the agency's FIN
   * @returns `undefined` for what is in no signed checkpoint: not yet, or because it is not stored
   */
  receiptOf(agency: number, batchId: number): Promise<Buffer | undefined> {
    return this.#ask({ kind: 'receipt', agency, batchId });
  }

  /**
   * Published leaves from an index on, at most so many, as docs/HTTP.md describes them for the control.
   *
   * @returns `undefined` while the log cannot be read
   */
  leaves(after: number, limit: number): Promise<Buffer | undefined> {
    return this.#ask({ kind: 'leaves', after, limit });
  }

  /**
   * The body of `add-checkpoint` (C2SP tlog-witness).
   *
   * @param old how many leaves the witness knows
   * @returns `undefined` where there is no such checkpoint, or the log cannot be read
   */
  addCheckpointBody(which: WitnessedCheckpoint, old: number): Promise<Buffer | undefined> {
    return this.#ask({ kind: 'add-checkpoint', which, old });
  }

  /**
   * Adds the line of a cosignature, which was verified, to the checkpoint of this size.
   *
   * @returns whether it is durable; not where the latest checkpoint has another size by now
   */
  async addCosignature(which: WitnessedCheckpoint, size: number, line: string): Promise<boolean> {
    return (await this.#ask({ kind: 'cosignature', which, size, line })) !== undefined;
  }

  /** Looks for something new at once. */
  look(): void {
    this.#tell({ kind: 'look' });
  }

  /** Resolves when the seal is durable and signed. The sale was closed before. */
  async untilSealed(): Promise<void> {
    this.look();
    await this.#sealed;
  }

  /** Resolves when the result is a durable, signed leaf. It was stored before. */
  async untilEnded(): Promise<void> {
    this.look();
    await this.#ended;
  }

  /** Ends the thread, behind a last look where that is quick. What is not in the log is added at the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    const thread = this.#thread;
    if (thread !== undefined) {
      const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
      this.#tell({ kind: 'stop' });
      await settledWithin(ended, LAST_LOOK_MS, this.#hooks.clock);
    }
    await this.#end();
    await this.#hooks.onClosed?.();
  }

  /** Starts a thread. @returns when it has caught up @throws OperationError when it has failed before */
  #run(): Promise<void> {
    const thread = new Worker(THREAD, { workerData: this.#start });
    this.#thread = thread;
    return new Promise((resolve, reject) => {
      let isOpen = false;
      const fail = (reason: string, isDamaged: boolean): void => {
        if (this.#thread !== thread) return;
        void this.#end();
        const error = isDamaged ? new LogRefused(reason) : new OperationError(reason);
        if (isOpen) this.#failed(error);
        else reject(error);
      };
      thread.on('error', (error) => fail(error.message, false));
      thread.on('exit', () => fail('its thread has ended', false));
      thread.on('message', (message: FromLogThread) => {
        if (message.kind === 'failed') return fail(message.reason, message.isDamaged);
        if (message.kind === 'answer') return this.#settle(message);
        if (message.kind === 'waiting') return this.#hooks.onTrouble(message.reason);
        this.#progressed(message.progress);
        isOpen = true;
        resolve();
      });
    });
  }

  #progressed(progress: LogProgress): void {
    const { isSealed, hasResult } = progress;
    this.#progress = progress;
    if (isSealed) this.#tellSealed();
    if (hasResult) this.#tellEnded();
  }

  #ask(request: LogRequest): Promise<Buffer | undefined> {
    if (this.#thread === undefined || this.#pending.size >= MAX_PENDING) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#pending.set(id, resolve);
      this.#tell({ ...request, id });
    });
  }

  #settle({ id, bytes }: Extract<FromLogThread, { kind: 'answer' }>): void {
    this.#pending.get(id)?.(bytes && Buffer.from(bytes));
    this.#pending.delete(id);
  }

  #failed(error: unknown): void {
    if (this.#isClosed) return;
    if (error instanceof LogRefused) return this.#hooks.onBroken(error);
    this.#hooks.onTrouble(oneLine(error));
    this.#cancelRetry = this.#hooks.clock.after(RETRY_MS, () => {
      this.#run().catch((reason: unknown) => this.#failed(reason));
    });
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    for (const settle of this.#pending.values()) settle(undefined);
    this.#pending.clear();
    await thread?.terminate();
  }

  #tell(message: ToLogThread): void {
    this.#thread?.postMessage(message);
  }
}

function settledWithin(promise: Promise<void>, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(timeoutMs, resolve);
    void promise.then(() => {
      cancel();
      resolve();
    });
  });
}
