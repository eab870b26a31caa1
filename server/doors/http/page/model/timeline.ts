import type { FeedHistory } from './feed_message';

/** How far back the timeline goes. */
export const TIMELINE_MS = 600_000;
/** The shortest time that a plot shows. */
const MIN_SPAN_MS = 60_000;

/** The total of bets and its rate over a span of time, as a plot needs them. */
export interface PlotData {
  /** Seconds since 1970. */
  readonly seconds: number[];
  readonly bets: number[];
  readonly betsPerSecond: number[];
  /** The ends of the span, in seconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** One minute, or the known part of one. */
export interface Minute {
  /** Its end, in milliseconds since 1970. */
  readonly untilMs: number;
  /** The total at its end. */
  readonly bets: number;
  readonly betsPerSecond: number;
}

/** The total of bets over the last {@link TIMELINE_MS}. */
export class Timeline {
  readonly #atMs: number[];
  readonly #bets: number[];

  /** @param history at least one moment */
  constructor({ atMs, bets }: FeedHistory) {
    this.#atMs = [...atMs];
    this.#bets = [...bets];
  }

  /** Adds a moment. @param atMs later than the moment before; otherwise it is ignored */
  add(atMs: number, bets: number): void {
    if (atMs <= this.#lastAtMs) return;
    this.#atMs.push(atMs);
    this.#bets.push(bets);
    while ((this.#atMs[0] ?? atMs) < atMs - TIMELINE_MS) {
      this.#atMs.shift();
      this.#bets.shift();
    }
  }

  /** The last `spanMs`; if less is known, all of it, but at least a minute. */
  plot(spanMs: number): PlotData {
    const untilMs = this.#lastAtMs;
    const knownMs = untilMs - (this.#atMs[0] ?? untilMs);
    const fromMs = untilMs - Math.min(spanMs, Math.max(knownMs, MIN_SPAN_MS));
    const seconds: number[] = [];
    const bets: number[] = [];
    const betsPerSecond: number[] = [];
    for (let index = this.#indexOf(fromMs); index < this.#atMs.length; index++) {
      seconds.push((this.#atMs[index] ?? 0) / 1_000);
      bets.push(this.#bets[index] ?? 0);
      betsPerSecond.push(this.#rate(index - 1, index));
    }
    return { seconds, bets, betsPerSecond, from: fromMs / 1_000, until: untilMs / 1_000 };
  }

  /** All that is known, minute by minute, the newest first. */
  minutes(): Minute[] {
    const minutes: Minute[] = [];
    for (let last = this.#atMs.length - 1; last > 0;) {
      const untilMs = this.#atMs[last] ?? 0;
      const first = Math.min(this.#indexOf(untilMs - 60_000), last - 1);
      minutes.push({ untilMs, bets: this.#bets[last] ?? 0, betsPerSecond: this.#rate(first, last) });
      last = first;
    }
    return minutes;
  }

  get #lastAtMs(): number {
    return this.#atMs.at(-1) ?? 0;
  }

  /** The index of the first moment that is not earlier. */
  #indexOf(fromMs: number): number {
    const index = this.#atMs.findIndex((atMs) => atMs >= fromMs);
    return index === -1 ? this.#atMs.length : index;
  }

  #rate(first: number, last: number): number {
    const bets = (this.#bets[last] ?? 0) - (this.#bets[first] ?? this.#bets[last] ?? 0);
    const milliseconds = (this.#atMs[last] ?? 0) - (this.#atMs[first] ?? 0);
    return first < 0 || milliseconds <= 0 ? 0 : (bets * 1_000) / milliseconds;
  }
}
