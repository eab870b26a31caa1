import { Spread, spreadOf } from '../figures';
import { groupRuns, rateOf, sharesOf } from '../report/throughput_table';
import { Rates, ratesOf } from './load';
import { COPY, TakingRun } from './taking';

/** What several runs of one way at one batch size come to: medians, but for the spread. */
export interface TakingFigures extends Omit<Rates, 'betsPerSecond'> {
  readonly way: string;
  readonly betCount: number;
  readonly betsPerSecond: Spread;
  /** Of what COPY takes at this batch size: the median of the ratios of runs of the same round. */
  readonly shareOfCopy: number;
  /** How many cores were busy: the database, the servers and the load generator. */
  readonly busyCores: number;
}

/** Sums up runs, in the order in which the ways and batch sizes were measured. */
export function sumUpTaking(runs: readonly TakingRun[]): TakingFigures[] {
  return [...groupRuns(runs).values()].map((group) => {
    const { contestant: way, betCount } = group[0]!;
    const rates = group.map(ratesOf);
    const median = (key: keyof Rates): number => spreadOf(rates.map((one) => one[key])).median;
    return {
      way,
      betCount,
      betsPerSecond: spreadOf(group.map(rateOf)),
      shareOfCopy: sharesOf(runs, way, COPY.name).find((one) => one.betCount === betCount)?.share ?? NaN,
      p50Ms: median('p50Ms'),
      p99Ms: median('p99Ms'),
      databaseCpuSeconds: median('databaseCpuSeconds'),
      serversCpuSeconds: median('serversCpuSeconds'),
      loadCpuSeconds: median('loadCpuSeconds'),
      walBytesPerBet: median('walBytesPerBet'),
      busyCores: spreadOf(group.map((run) => (run.serverCpuMs + run.cpuMs) / run.elapsedMs)).median,
    };
  });
}
