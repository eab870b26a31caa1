/** Time, passed in by the caller, so that tests and simulations can use their own. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /**
   * Calls `call` once, `delayMs` milliseconds from now.
   *
   * @returns a function that cancels it
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
