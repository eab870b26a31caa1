import type { Clock } from '../../../../program/clock';
import { Refusal } from '../refusals/problem';

/** What is waited for: the draw of a lottery. */
interface AwaitedDraw {
  /** Resolves when the draw has run or was called off. */
  readonly drawn: Promise<unknown>;
  /** Whether it has. */
  readonly hasDrawn: boolean;
}

/** The requests that wait for the draw: bounded in number, and each in time. */
export class DrawWaiters {
  readonly #draw: AwaitedDraw;
  readonly #clock: Clock;
  readonly #maximum: number;
  readonly #waiting = new Set<() => void>();

  /** @param maximum how many may wait at a time */
  constructor(draw: AwaitedDraw, clock: Clock, maximum: number) {
    this.#draw = draw;
    this.#clock = clock;
    this.#maximum = maximum;
    void draw.drawn.then(() => {
      for (const end of [...this.#waiting]) end();
    });
  }

  /**
   * Waits until the draw has run or was called off, the time has passed, or the signal is aborted.
   *
   * @throws Refusal `unavailable` when too many wait
   */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (timeoutMs === 0 || this.#draw.hasDrawn || signal.aborted) return;
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
