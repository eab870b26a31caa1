/** What several runs of agencies beside large batches come to. */
import { spreadOf } from '../figures';
import type { BesideRun } from './beside';

/** What the runs with so many workers come to; medians. */
export interface BesideFigures extends BesideRun {
  /** Of the p99 of neighbouring runs with nobody beside: the median of the ratios. */
  readonly p99Ratio: number;
}

/** Sums up runs, in the order in which they were measured. */
export function sumUpBeside(runs: readonly BesideRun[]): BesideFigures[] {
  const alone = runs.filter(({ workers }) => workers === undefined);
  return [...new Set(runs.map(({ workers }) => workers))].map((workers) => {
    const group = runs.filter((run) => run.workers === workers);
    const median = (value: (run: BesideRun) => number): number => spreadOf(group.map(value)).median;
    // Runs of the same round stood under the same disturbances.
    const ratios = group.map((run, round) => run.p99Ms / (alone[round]?.p99Ms ?? NaN));
    return {
      workers,
      batchesPerSecond: median((run) => run.batchesPerSecond),
      p50Ms: median((run) => run.p50Ms),
      p99Ms: median((run) => run.p99Ms),
      maxMs: median((run) => run.maxMs),
      p99Ratio: spreadOf(ratios).median,
      http: workers === undefined ? undefined : httpOf(group),
    };
  });
}

function httpOf(group: readonly BesideRun[]): NonNullable<BesideRun['http']> {
  const runs = group.flatMap(({ http }) => (http === undefined ? [] : [http]));
  return {
    batchesPerSecond: spreadOf(runs.map((run) => run.batchesPerSecond)).median,
    p50Ms: spreadOf(runs.map((run) => run.p50Ms)).median,
    refusals: runs.reduce((sum, run) => sum + run.refusals, 0),
  };
}
