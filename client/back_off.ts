/** The first wait, at most. */
const FIRST_MS = 100;
/** No wait is longer. */
const LONGEST_MS = 5_000;
/** A wait is never shorter, so that a server that closes at once is not hammered. */
const SHORTEST_MS = 20;

/**
 * How long to wait before a connection is tried again: exponential, with full jitter, so that a thousand agencies
 * that lost the server together do not come back together.
 */
export class BackOff {
  readonly #random: () => number;
  #failures = 0;

  /** @param random a number from 0 up to, not including, 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Something has worked: the next wait is a first one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** The wait after one more failure, in milliseconds. */
  nextMs(): number {
    const limitMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    return Math.max(SHORTEST_MS, Math.round(this.#random() * limitMs));
  }
}
