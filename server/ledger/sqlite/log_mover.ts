import { Worker } from 'node:worker_threads';

import { ownProgram } from '../../../program/own_files';

/** What the thread does, or is to do: the one number that both sides see. */
export const IDLE = 0;
export const ASKED = 1;
export const ENDING = 2;
export const ENDED = 3;

/** Longer than any move takes on a disk that works. */
const WAIT_MS = 500;

/** What the thread is started with. */
export interface LogMoverStart {
  readonly file: string;
  readonly state: SharedArrayBuffer;
}

/**
 * Moves the write-ahead log into the database in a thread of its own (log_mover_thread.ts), while the writer goes
 * on. The log can only be started over when all of it was moved: that last bit the writer moves itself.
 *
 * For use by a thread that may block.
 */
export class LogMover {
  readonly #state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** @param file the database, which must be open in this thread for as long as this lives */
  constructor(file: string) {
    const start: LogMoverStart = { file, state: this.#state.buffer };
    new Worker(ownProgram('server/ledger/sqlite/log_mover_thread'), { workerData: start }).unref();
  }

  /**
   * Lets it move what is committed; returns at once. What goes wrong, the writer finds as well.
   *
   * @returns false when it is busy, or there is none
   */
  ask(): boolean {
    if (Atomics.compareExchange(this.#state, 0, IDLE, ASKED) !== IDLE) return false;
    Atomics.notify(this.#state, 0);
    return true;
  }

  /** Whether it is at work. */
  get isBusy(): boolean {
    return Atomics.load(this.#state, 0) === ASKED;
  }

  /** Blocks until it is not at work any more, with a bound. */
  wait(): void {
    Atomics.wait(this.#state, 0, ASKED, WAIT_MS);
  }

  /** Ends the thread, and blocks until its file is closed, with a bound. */
  end(): void {
    let state = Atomics.load(this.#state, 0);
    while (state !== ENDED && Atomics.compareExchange(this.#state, 0, state, ENDING) !== state) {
      state = Atomics.load(this.#state, 0);
    }
    Atomics.notify(this.#state, 0);
    Atomics.wait(this.#state, 0, ENDING, WAIT_MS);
  }
}
