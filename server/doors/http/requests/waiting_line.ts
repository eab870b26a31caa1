import { Refusal } from '../refusals/problem';

/** Those who wait for their turn: first come, first served, and no more than so many. */
export class WaitingLine {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();

  /** @param maxWaiting how many may wait */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when the turn comes.
   *
   * @param signal aborted when nobody wants it any more
   * @throws Refusal `unavailable` when too many wait, or nobody wants it any more
   */
  wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new Refusal('unavailable', 'too many ask for this at once: try again later');
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(begin);
        reject(new Refusal('unavailable', 'the wait was given up: try again later'));
      };
      const begin = (): void => {
        this.#waiting.delete(begin);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      if (signal.aborted) return leave();
      this.#waiting.add(begin);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Gives the turn to whoever has waited longest. @returns false when nobody waits */
  pass(): boolean {
    const [next] = this.#waiting;
    next?.();
    return next !== undefined;
  }
}
