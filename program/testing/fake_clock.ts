import { Clock } from '../clock';

interface Timer {
  readonly dueMs: number;
  readonly call: () => void;
}

/**
 * A clock that stands still until a test moves it. Timers run in the order of their times, those of the same time in
 * the order in which they were set.
 */
export class FakeClock implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.length;
  }

  /** When the next timer is due, in milliseconds from now; `undefined` when none is set. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, call };
    this.#timers.push(timer);
    return () => this.#remove(timer);
  }

  /** Moves to the next timer and runs it; false when none is set. */
  runNext(): boolean {
    const next = this.#next();
    if (next === undefined) return false;
    this.#nowMs = next.dueMs;
    this.#remove(next);
    next.call();
    return true;
  }

  /** Moves on by `forMs` and runs the timers that become due, including those set on the way. */
  advance(forMs: number): void {
    const untilMs = this.#nowMs + forMs;
    for (let next = this.#next(); next !== undefined && next.dueMs <= untilMs; next = this.#next()) {
      this.runNext();
    }
    this.#nowMs = untilMs;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}
