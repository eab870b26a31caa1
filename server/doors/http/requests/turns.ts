import { WaitingLine } from './waiting_line';

/** Work of which only so much is done at once; the rest waits for its turn. */
export class Turns {
  readonly #line: WaitingLine;
  #free: number;

  /**
   * @param atOnce how many may have their turn at once
   * @param maxWaiting how many may wait for theirs
   */
  constructor(atOnce: number, maxWaiting: number) {
    this.#free = atOnce;
    this.#line = new WaitingLine(maxWaiting);
  }

  /**
   * Does a piece of work when its turn comes.
   *
   * @param signal aborted when nobody wants it any more
   * @throws Refusal `unavailable` when too many wait, or nobody wants it any more; and whatever `work` throws
   */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    // Whoever is called from the line has the place of the one who has left.
    if (this.#free > 0) this.#free--;
    else await this.#line.wait(signal);
    try {
      return await work();
    } finally {
      if (!this.#line.pass()) this.#free++;
    }
  }
}
