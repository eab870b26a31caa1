/** How often one kind of event may be logged. */
const INTERVAL_MS = 1_000;
const MAX_KINDS = 64;
const ALL_OTHERS = '';

/**
 * Keeps repeated events from filling the log: each kind is let through once a second, with a count of those that were
 * suppressed.
 */
export class LogLimiter {
  readonly #now: () => number;
  readonly #kinds = new Map<string, { untilMs: number; keptBack: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Whether an event of this kind is to be logged now.
   *
   * @returns `undefined` to suppress it; otherwise how many were suppressed since the last one that was logged
   */
  admit(kind: string): number | undefined {
    const nowMs = this.#now();
    const key = this.#keyOf(kind, nowMs);
    const known = this.#kinds.get(key);
    if (known !== undefined && nowMs < known.untilMs) {
      known.keptBack++;
      return undefined;
    }
    this.#kinds.set(key, { untilMs: nowMs + INTERVAL_MS, keptBack: 0 });
    return known?.keptBack ?? 0;
  }

  /** Kinds over {@link MAX_KINDS} count as one. */
  #keyOf(kind: string, nowMs: number): string {
    if (this.#kinds.has(kind) || this.#kinds.size < MAX_KINDS) return kind;
    for (const [key, { untilMs, keptBack }] of this.#kinds) {
      if (untilMs <= nowMs && keptBack === 0) this.#kinds.delete(key);
    }
    return this.#kinds.size < MAX_KINDS ? kind : ALL_OTHERS;
  }
}
