import type { Socket } from 'node:net';

import type { DialledSocket } from './dialler';
import { Wire } from './wire';
import { Tally } from './tally';

/** What a connection is given. */
export interface ConnectionOptions {
  readonly dialled: DialledSocket;
  readonly wire: Wire;
  /** Batches in flight at most. */
  readonly window: number;
  readonly firstBatchId: number;
  readonly tally: Tally;
  /** Called when all that was sent is answered and no more will be sent. */
  readonly onIdle: () => void;
  /** Called when the server refuses a batch or goes away. */
  readonly onFailure: (error: Error) => void;
}

/** How many places a wire needs for a window: one is written to again only when its batch was answered. */
export function placesFor(window: number): number {
  return window * 2;
}

/** One agency: a window of batches, each answered one lets the next go. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #sentAtMs: Float64Array;
  readonly #places: number;
  #nextBatchId: number;
  #acknowledgedBatchId: number;
  #isGreeted = false;
  #isOver = false;
  #announceReady: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#places = placesFor(options.window);
    this.#nextBatchId = options.firstBatchId;
    this.#acknowledgedBatchId = options.firstBatchId - 1;
    this.#sentAtMs = new Float64Array(this.#places);
    this.#socket = options.dialled.socket;
    this.#socket.on(options.dialled.openEvent, () => this.#greet(options.wire.greeting));
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => options.onFailure(error));
    this.#socket.on('close', () => {
      if (!this.#isIdle) options.onFailure(new Error('the server has closed a connection'));
    });
  }

  /** Waits until the connection is open and its greeting answered. */
  ready(): Promise<void> {
    return new Promise((resolve) => (this.#announceReady = resolve));
  }

  /** Sends the first window. */
  start(): void {
    this.#send(this.#options.window);
  }

  /** Sends no further batch. */
  stop(): void {
    this.#isOver = true;
    if (this.#isIdle) this.#options.onIdle();
  }

  close(): void {
    this.#socket.destroy();
  }

  get #isIdle(): boolean {
    return this.#isOver && this.#acknowledgedBatchId === this.#nextBatchId - 1;
  }

  #greet(greeting: Buffer | undefined): void {
    if (greeting !== undefined) {
      this.#socket.write(greeting);
      return;
    }
    this.#isGreeted = true;
    this.#announceReady();
  }

  #send(count: number): void {
    if (count === 0) return;
    const nowMs = performance.now();
    for (let index = 0; index < count; index++) {
      this.#sentAtMs[(this.#nextBatchId + index) % this.#places] = nowMs;
    }
    const slices = this.#options.wire.batches(this.#nextBatchId, count);
    this.#nextBatchId += count;
    for (const slice of slices) this.#socket.write(slice);
  }

  #receive(chunk: Buffer): void {
    const answered = this.#answersIn(chunk);
    if (answered === 0) return;
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.#announceReady();
      return;
    }
    this.#count(answered);
    this.#acknowledgedBatchId += answered;
    if (!this.#isOver) this.#send(answered);
    else if (this.#isIdle) this.#options.onIdle();
  }

  #answersIn(chunk: Buffer): number {
    try {
      return this.#options.wire.answers(chunk, (bytes) => this.#socket.write(bytes));
    } catch (error) {
      this.#options.onFailure(error instanceof Error ? error : new Error(String(error)));
      return 0;
    }
  }

  #count(answered: number): void {
    const { tally, wire } = this.#options;
    tally.acknowledged += answered;
    if (!tally.isCounting) return;
    tally.batches += answered;
    tally.bytes += answered * wire.batchBytes;
    const nowMs = performance.now();
    for (let index = 0; index < answered; index++) {
      const batchId = this.#acknowledgedBatchId + 1 + index;
      tally.latencies.add(nowMs - this.#sentAtMs[batchId % this.#places]!);
    }
  }
}
