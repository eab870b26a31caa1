import type { Clock } from '../../../../program/clock';
import { WaitingLine } from './waiting_line';

/** After a piece of work there is a pause this many times as long: it takes at most a twentieth of the time. */
const PAUSE_FACTOR = 19;

/**
 * Work that is dear, one piece at a time, with a pause after each: however many ask for it, others hardly notice. Whoever
 * asks next waits for the end of the pause; whoever asks seldom never waits.
 */
export class PacedTurns {
  readonly #clock: Clock;
  readonly #line: WaitingLine;
  #isTaken = false;

  /** @param maxWaiting how many may wait for their turn */
  constructor(clock: Clock, maxWaiting: number) {
    this.#clock = clock;
    this.#line = new WaitingLine(maxWaiting);
  }

  /**
   * Does a piece of work when its turn comes.
   *
   * @param share how dear it is, from 0 for nothing to 1: the pause after it is that much shorter
   * @param signal aborted when nobody wants it any more
   * @throws Refusal `unavailable` when too many wait, or nobody wants it any more; and whatever `work` throws
   */
  async run<Result>(share: number, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#turn(signal);
    const startedMs = this.#clock.nowMs();
    try {
      return await work();
    } finally {
      const pauseMs = (this.#clock.nowMs() - startedMs) * PAUSE_FACTOR * Math.min(1, share);
      this.#clock.after(pauseMs, () => this.#pass());
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#isTaken) await this.#line.wait(signal);
    this.#isTaken = true;
  }

  /** Lets the next one begin; the turn is never free in between. */
  #pass(): void {
    if (!this.#line.pass()) this.#isTaken = false;
  }
}
