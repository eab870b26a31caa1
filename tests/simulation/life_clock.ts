import { Clock } from '../../program/clock';

/** The clock of one life of a simulated process: when that ends, its timers go with it. */
export class LifeClock implements Clock {
  readonly #clock: Clock;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, call: () => void): () => void {
    return this.#clock.after(delayMs, () => {
      if (!this.#isOver) call();
    });
  }

  /** The process ends, in whatever way: no timer of it calls any more. */
  end(): void {
    this.#isOver = true;
  }
}
