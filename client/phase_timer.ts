import type { Clock } from '../program/clock';

/** The one timer of a session: what is to happen when nothing else does. */
export class PhaseTimer {
  readonly #clock: Clock;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls after so many milliseconds, unless it is cancelled or started again before. */
  start(afterMs: number, call: () => void): void {
    this.#cancel();
    this.#cancel = this.#clock.after(afterMs, call);
  }

  cancel(): void {
    this.#cancel();
  }
}
