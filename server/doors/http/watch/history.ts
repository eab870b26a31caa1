import type { FeedHistory } from '../page/model/feed_message';

/** The total of bets over time: a bounded number of samples, of which the oldest are dropped first. */
export class History {
  readonly #maxSamples: number;
  readonly #atMs: number[] = [];
  readonly #bets: number[] = [];

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  /** Adds a sample. @param atMs later than the sample before */
  add(atMs: number, bets: number): void {
    this.#atMs.push(atMs);
    this.#bets.push(bets);
    if (this.#atMs.length <= this.#maxSamples) return;
    this.#atMs.shift();
    this.#bets.shift();
  }

  /** All samples, the oldest first. Valid until the next one is added. */
  get samples(): FeedHistory {
    return { atMs: this.#atMs, bets: this.#bets };
  }
}
