import { Worker } from 'node:worker_threads';

import type { CheckedBatch } from '../../../../protocol/checked_batch';
import type { Clock } from '../../../../program/clock';
import { oneLine } from '../../../../program/exit';
import { ownProgram } from '../../../../program/own_files';
import type { BatchHead } from '../batches/batch_body';
import { Refusal } from '../refusals/problem';
import { CheckAnswer, checkedOf, CheckRequest } from './check_messages';

const MEBIBYTE = 1024 * 1024;
/** What the heap of a worker may come to: the longest body takes a tenth of it. */
const HEAP_MIB = 512;

/** The bounds of the pool that tests set lower. */
export interface CheckPoolLimits {
  /** Bodies that wait for a worker: how many, and how many bytes, all together. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  /** How long one body may take; a worker that takes longer is ended. */
  readonly timeoutMs: number;
}

const LIMITS: CheckPoolLimits = { maxWaiting: 256, maxWaitingBytes: 32 * MEBIBYTE, timeoutMs: 30_000 };

/** A worker, as the main thread sees it. */
export interface CheckThread {
  postMessage(request: CheckRequest, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: CheckAnswer) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

/** What the pool is made of. */
export interface CheckPoolOptions {
  /** How many workers there are at the most. */
  readonly workers: number;
  readonly clock: Clock;
  /** Told why a worker has ended that was not to end. */
  readonly onLost: (reason: string) => void;
  /** Starts a worker; a thread if left out. */
  readonly start?: () => CheckThread;
  readonly limits?: CheckPoolLimits;
}

/** A body, and who waits for its check. */
interface Task {
  readonly request: CheckRequest;
  readonly signal: AbortSignal;
  readonly resolve: (batch: CheckedBatch) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker, and what it is at. */
interface Slot {
  readonly thread: CheckThread;
  task: Task | undefined;
  cancelTimeout: () => void;
}

/**
 * Workers that check bodies, and the bounded queue before them. A worker is started when the first body waits for it, and
 * kept. One that dies costs the request that it was at, and is replaced when it is needed.
 */
export class CheckPool {
  readonly #options: CheckPoolOptions;
  readonly #limits: CheckPoolLimits;
  readonly #slots = new Set<Slot>();
  readonly #waiting = new Set<Task>();
  #waitingBytes = 0;
  #isClosed = false;

  constructor(options: CheckPoolOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
  }

  /** Whether a further body can wait. */
  get hasRoom(): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#limits;
    return this.#waiting.size < maxWaiting && this.#waitingBytes < maxWaitingBytes;
  }

  /**
   * Has a body checked.
   *
   * @param body has memory of its own, which is handed over: it is empty afterwards
   * @param signal aborted when nobody wants the answer any more: a body that waits is forgotten then
   * @throws Refusal as `checkBatchBody`; `unavailable` when the queue is full, the worker has died or the pool is closed
   */
  check(head: BatchHead, body: Buffer, signal: AbortSignal): Promise<CheckedBatch> {
    return new Promise((resolve, reject) => {
      const task = { request: { head, body }, signal, resolve, reject };
      if (this.#isClosed) return reject(unavailable('the server is stopping'));
      const slot = this.#freeSlot();
      if (slot !== undefined) return this.#give(slot, task);
      if (!this.hasRoom) return reject(unavailable('too many batches wait for their check'));
      this.#queue(task);
    });
  }

  /** Refuses what waits or is under way, and ends the workers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting) this.#refuse(task, 'the server is stopping');
    const slots = [...this.#slots];
    for (const slot of slots) this.#drop(slot, 'the server is stopping');
    await Promise.all(slots.map(({ thread }) => thread.terminate()));
  }

  #freeSlot(): Slot | undefined {
    for (const slot of this.#slots) if (slot.task === undefined) return slot;
    return this.#slots.size < this.#options.workers ? this.#startSlot() : undefined;
  }

  #startSlot(): Slot {
    const thread = (this.#options.start ?? startThread)();
    const slot: Slot = { thread, task: undefined, cancelTimeout: () => undefined };
    this.#slots.add(slot);
    thread.on('message', (answer) => this.#take(slot, answer));
    thread.on('error', (error) => this.#lose(slot, oneLine(error)));
    thread.on('exit', () => this.#lose(slot, 'it has ended'));
    return slot;
  }

  #give(slot: Slot, task: Task): void {
    slot.task = task;
    slot.cancelTimeout = this.#options.clock.after(this.#limits.timeoutMs, () => {
      this.#lose(slot, `it was at one body for ${this.#limits.timeoutMs} ms`);
      void slot.thread.terminate();
    });
    const { buffer } = task.request.body;
    slot.thread.postMessage(task.request, buffer instanceof ArrayBuffer ? [buffer] : []);
  }

  #take(slot: Slot, answer: CheckAnswer): void {
    const { task } = slot;
    slot.cancelTimeout();
    slot.task = undefined;
    // First, so that the worker is busy while the answer is handled.
    if (this.#slots.has(slot)) this.#giveNext(slot);
    if (task === undefined) return;
    try {
      task.resolve(checkedOf(answer));
    } catch (error) {
      task.reject(error);
    }
  }

  #giveNext(slot: Slot): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#unqueue(next);
    this.#give(slot, next);
  }

  /** A worker is gone that was not to go. */
  #lose(slot: Slot, reason: string): void {
    if (!this.#slots.has(slot)) return;
    this.#drop(slot, 'the check was cut short');
    this.#options.onLost(reason);
    if (this.#waiting.size > 0) this.#giveNext(this.#startSlot());
  }

  #drop(slot: Slot, reason: string): void {
    this.#slots.delete(slot);
    slot.cancelTimeout();
    slot.task?.reject(unavailable(reason));
    slot.task = undefined;
  }

  #queue(task: Task): void {
    if (task.signal.aborted) return task.reject(unavailable('nobody waits'));
    this.#waiting.add(task);
    this.#waitingBytes += task.request.body.length;
    task.signal.addEventListener('abort', () => this.#refuse(task, 'nobody waits'), { once: true });
  }

  #refuse(task: Task, reason: string): void {
    if (!this.#unqueue(task)) return;
    task.reject(unavailable(reason));
  }

  #unqueue(task: Task): boolean {
    if (!this.#waiting.delete(task)) return false;
    this.#waitingBytes -= task.request.body.length;
    return true;
  }
}

function startThread(): CheckThread {
  const thread = new Worker(ownProgram('server/doors/http/workers/check_thread'), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  // It keeps no program from ending.
  thread.unref();
  return thread;
}

function unavailable(reason: string): Refusal {
  return new Refusal('unavailable', `${reason}: try again later`);
}
