import { setImmediate as nextTurn } from 'node:timers/promises';

import { LedgerUnavailable } from '../ledger/ledger';
import type { LeafSource } from '../ledger/leaf_source';
import type { LogBuilder } from './log_builder';

/** How often a checkpoint is signed while there is something new. */
const PUBLISH_EVERY_MS = 200;

/** What a follower tells, and what it waits for. */
export interface FollowerHooks {
  /** Called after each checkpoint. */
  readonly onPublished: () => void;
  /** The ledger is out of reach; it is tried again. */
  readonly onWaiting: (reason: string) => void;
  /** Brings what the result needs beside the draw. @throws LedgerUnavailable */
  readonly beforeResult: () => Promise<void>;
}

/** Follows a ledger and lets the builder publish what it finds. */
export class LogFollower {
  readonly #source: LeafSource;
  readonly #builder: LogBuilder;
  readonly #hooks: FollowerHooks;
  #sequence = 0;
  #publishedAtMs = 0;
  #toldSize = 0;
  #isStopped = false;
  #isLookWanted = false;
  #wake: () => void = () => undefined;
  #tellStopped: () => void = () => undefined;
  /** Resolves when it is to end. */
  readonly stopped = new Promise<void>((resolve) => (this.#tellStopped = resolve));

  constructor(source: LeafSource, builder: LogBuilder, hooks: FollowerHooks) {
    this.#source = source;
    this.#builder = builder;
    this.#hooks = hooks;
  }

  /**
   * Makes the log of all that is in the ledger now.
   *
   * @throws LedgerDamaged when it is not what was published; OperationError, the file system's error
   */
  async catchUp(): Promise<void> {
    await this.#takeNew();
    this.#builder.requireAllPublished();
  }

  /** Follows the ledger until it is stopped, or the result is published. @throws as {@link catchUp} */
  async follow(): Promise<void> {
    while (!this.#isStopped && !this.#builder.hasResult) {
      await this.#pause();
      await this.#takeWhatIsThere();
    }
  }

  /** There is something new. */
  look(): void {
    this.#isLookWanted = true;
    this.#wake();
  }

  /** Ends it behind a last look. */
  stop(): void {
    this.#isStopped = true;
    this.#tellStopped();
    this.#wake();
  }

  /** While the ledger is out of reach, the log stays as it is. */
  async #takeWhatIsThere(): Promise<void> {
    try {
      await this.#takeNew();
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      this.#hooks.onWaiting(error.message);
    }
  }

  async #takeNew(): Promise<void> {
    this.#isLookWanted = false;
    for await (const segment of this.#source.read(this.#sequence)) {
      this.#builder.take(segment);
      this.#sequence = segment.sequence;
      if (performance.now() - this.#publishedAtMs >= PUBLISH_EVERY_MS) this.#publish();
      // Receipts are asked for meanwhile.
      await nextTurn();
    }
    if (this.#builder.isSealed && !this.#builder.hasResult) {
      const draw = await this.#source.draw();
      if (draw !== undefined) {
        await this.#hooks.beforeResult();
        this.#builder.takeResult(draw);
      }
    }
    this.#publish();
  }

  #publish(): void {
    this.#publishedAtMs = performance.now();
    this.#builder.publish();
    // The seal is published when it is taken.
    const { publishedSize } = this.#builder;
    if (publishedSize !== this.#toldSize) this.#hooks.onPublished();
    this.#toldSize = publishedSize;
  }

  async #pause(): Promise<void> {
    if (this.#isLookWanted || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PUBLISH_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
