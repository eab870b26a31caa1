import type { CommitGroup } from '../../../telemetry/telemetry';
import type { CommitFigures } from '../page/model/feed_message';
import { MAX_COMMIT_DURATIONS } from './limits';

/**
 * The commits since the last call of {@link CommitWindow.take}. Adding one allocates nothing, since it happens on the
 * path of every bet. With more than {@link MAX_COMMIT_DURATIONS} commits, the percentiles are those of the newest;
 * count, sum and maximum are of all.
 */
export class CommitWindow {
  readonly #durationsMs = new Float64Array(MAX_COMMIT_DURATIONS);
  #count = 0;
  #operations = 0;
  #maxMs = 0;

  add({ operations, durationMs }: CommitGroup): void {
    this.#durationsMs[this.#count % MAX_COMMIT_DURATIONS] = durationMs;
    this.#count++;
    this.#operations += operations;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** The figures of the commits since the last call; starts again from zero. */
  take(): CommitFigures {
    const sorted = this.#durationsMs.subarray(0, Math.min(this.#count, MAX_COMMIT_DURATIONS)).sort();
    const figures = {
      count: this.#count,
      operations: this.#operations,
      p50Ms: rounded(percentile(sorted, 0.5)),
      p99Ms: rounded(percentile(sorted, 0.99)),
      maxMs: rounded(this.#maxMs),
    };
    this.#count = 0;
    this.#operations = 0;
    this.#maxMs = 0;
    return figures;
  }
}

/** The nearest-rank percentile: the smallest value that at least `share` of all do not exceed; 0 for no values. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Rounded to hundredths, to keep messages short. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
