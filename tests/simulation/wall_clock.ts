import { Clock } from '../../program/clock';

/** When every schedule begins by the wall clock: some day. */
const START_MS = Date.UTC(2026, 11, 22, 9);

/** The wall clock of the servers, which can be set. */
export class WallClock {
  readonly #clock: Clock;
  #offsetMs = START_MS;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970, as somebody has set it. */
  readonly nowMs = (): number => Math.floor(this.#clock.nowMs() + this.#offsetMs);

  /** Somebody sets it ahead, or back. */
  step(byMs: number): void {
    this.#offsetMs += byMs;
  }
}
