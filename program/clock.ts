/** Time, handed in from outside, so that tests and simulations can bring their own. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /**
   * Calls back once, `delayMs` from now.
   *
   * @returns a function that calls it off
   */
  after(delayMs: number, call: () => void): () => void;
}

/** The machine's own clock. */
export const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
};
