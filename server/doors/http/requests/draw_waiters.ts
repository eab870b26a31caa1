import type { Clock } from '../../../../program/clock';
import type { Lottery } from '../../../lottery/lottery';
import { Refusal } from '../refusals/problem';

/** The requests that wait for the draw. They are bounded in number, and each in time. */
export class DrawWaiters {
  readonly #lottery: Lottery;
  readonly #clock: Clock;
  readonly #maximum: number;
  readonly #waiting = new Set<() => void>();

  constructor(lottery: Lottery, clock: Clock, maximum: number) {
    this.#lottery = lottery;
    this.#clock = clock;
    this.#maximum = maximum;
    void lottery.drawn.then(() => {
      for (const end of [...this.#waiting]) end();
    });
  }

  /** How many wait. */
  get count(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until the draw has run or was called off, the time is over, or the signal is aborted.
   *
   * @throws Refusal `unavailable` when too many wait
   */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (timeoutMs === 0 || this.#lottery.hasDrawn || signal.aborted) return;
    if (this.#waiting.size >= this.#maximum) {
      throw new Refusal('unavailable', 'too many wait for the draw: try again later');
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        this.#waiting.delete(end);
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#clock.after(timeoutMs, end);
      signal.addEventListener('abort', end, { once: true });
      this.#waiting.add(end);
    });
  }
}
