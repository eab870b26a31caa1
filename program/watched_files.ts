/** Tells when files have changed, by looking at them now and then: that works on every file system. */
import { BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

import type { Clock } from './clock';

/** How often the files are looked at. */
export const LOOK_INTERVAL_MS = 2_000;
/** A file that has changed is told of when it was the same so much later: it may be half written. */
export const SETTLE_MS = 500;

/** A set of files, of which some may be missing. Links are followed. */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #after: Clock['after'];
  #onChange: () => void = () => undefined;
  #cancel: () => void = () => undefined;
  #isClosed = false;
  /** What was last told of, or read. */
  #told: string;
  /** What was seen last. */
  #seen: string;

  /**
   * From now on, the files are compared with what they are now: so it is made before they are read.
   *
   * @param after calls something later; the timers of the machine if left out, which do not keep a program running
   */
  constructor(files: readonly string[], after: Clock['after'] = afterUnlessEnded) {
    this.#files = files;
    this.#after = after;
    this.#told = this.#seen = this.#stateNow();
  }

  /** Calls `onChange` from now on whenever one of the files has changed, has gone or has come. It must not throw. */
  watch(onChange: () => void): void {
    this.#onChange = onChange;
    this.#lookLater(LOOK_INTERVAL_MS);
  }

  /** Calls `onChange` now, whether anything has changed or not. */
  tell(): void {
    this.#told = this.#seen = this.#stateNow();
    this.#onChange();
  }

  /** Looks no more. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #lookLater(delayMs: number): void {
    if (!this.#isClosed) this.#cancel = this.#after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const states = await Promise.all(
      this.#files.map((file) => stat(file, { bigint: true }).then(stateOf, stateOfMissing)),
    );
    if (this.#isClosed) return;
    const state = states.join('\n');
    const isSettled = state === this.#seen;
    this.#seen = state;
    if (isSettled && state !== this.#told) {
      this.#told = state;
      this.#onChange();
    }
    this.#lookLater(state === this.#told ? LOOK_INTERVAL_MS : SETTLE_MS);
  }

  #stateNow(): string {
    return this.#files.map(stateNow).join('\n');
  }
}

function stateNow(file: string): string {
  try {
    return stateOf(statSync(file, { bigint: true }));
  } catch (error) {
    return stateOfMissing(error);
  }
}

/** The time of the last change of its permissions, too, which decide whether it can be read. */
function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function stateOfMissing(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'missing';
}

function afterUnlessEnded(delayMs: number, call: () => void): () => void {
  const timer = setTimeout(call, delayMs).unref();
  return () => clearTimeout(timer);
}
