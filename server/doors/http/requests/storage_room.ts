import type { Clock } from '../../../../program/clock';
import type { Lottery } from '../../../lottery/lottery';
import { Refusal } from '../refusals/problem';
import type { Exchange } from './exchange';
import { WaitingLine } from './waiting_line';

/** Room in the storage, and the line of the requests that wait for it: nobody overtakes them. */
export class StorageRoom {
  readonly #lottery: Pick<Lottery, 'hasRoom' | 'onRoom'>;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #line: WaitingLine;
  #isPassScheduled = false;

  /**
   * @param timeoutMs how long a request waits at the most
   * @param maxWaiting how many may wait
   */
  constructor(
    lottery: Pick<Lottery, 'hasRoom' | 'onRoom'>,
    clock: Clock,
    { timeoutMs, maxWaiting }: { readonly timeoutMs: number; readonly maxWaiting: number },
  ) {
    this.#lottery = lottery;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#line = new WaitingLine(maxWaiting);
    lottery.onRoom(() => this.#passOne());
  }

  /** How many requests wait. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Waits until the storage has room. What comes behind it must be submitted, or begin to wait for something else, in the
   * same turn of the event loop.
   *
   * @returns `undefined` when there is room now
   * @throws Refusal `unavailable` when too many wait, it takes too long or nobody waits any more
   */
  wait(exchange: Exchange): Promise<void> | undefined {
    if (this.#lottery.hasRoom && this.#line.length === 0) return undefined;
    return this.#waitInLine(exchange);
  }

  async #waitInLine({ abandoned }: Exchange): Promise<void> {
    const timeout = new AbortController();
    const cancel = this.#clock.after(this.#timeoutMs, () => timeout.abort());
    try {
      await this.#line.wait(AbortSignal.any([abandoned, timeout.signal]));
    } catch (error) {
      if (!timeout.signal.aborted) throw error;
      throw new Refusal('unavailable', 'the storage does not keep up: try again later');
    } finally {
      cancel();
    }
  }

  /** Lets the first of the line go, and looks again when it has taken its room. */
  #passOne(): void {
    if (this.#isPassScheduled || !this.#lottery.hasRoom || !this.#line.pass()) return;
    this.#isPassScheduled = true;
    setImmediate(() => {
      this.#isPassScheduled = false;
      this.#passOne();
    });
  }
}
