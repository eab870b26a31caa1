import { Clock } from '../../../program/clock';

/** The first pause before a store is tried again, and the longest. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;

/** A pause that another caller may end early. One pause at a time. */
export class Pause {
  readonly #clock: Clock;
  #end: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after this long, or when {@link end} is called. */
  take(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(durationMs, resolve);
      this.#end = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Ends the pause that is being taken, if there is one. */
  end(): void {
    this.#end();
  }
}

/**
 * The pause after a try that has failed: longer each time, with a random part, so that not all servers come at the same
 * moment.
 *
 * @param attempt how many tries have failed before
 * @param random a number from 0 up to, not including, 1
 */
export function pauseMs(attempt: number, random: () => number): number {
  const longestMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return longestMs * (0.5 + random() / 2);
}
