import { table, TableLayout } from '../../tools/table';
import { ThroughputRun } from '../throughput';
import { Spread, spreadOf } from '../figures';

/** These tables have many columns. */
export const LAYOUT: TableLayout = { gapColumns: 2 };

/** What several runs of one contestant at one batch size come to. */
export interface ThroughputFigures {
  readonly contestant: string;
  readonly betCount: number;
  readonly betsPerSecond: Spread;
  readonly megabytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor seconds for a million bets: the server's, and the load generator's. */
  readonly serverCpuSeconds: number;
  readonly loadCpuSeconds: number;
  readonly peakMemoryMib: number;
  /** Of what the yardstick takes at this batch size: the median of the ratios of neighbouring runs. */
  readonly shareOfYardstick: number;
}

/** Sums up runs; in the order in which the contestants and batch sizes were measured. */
export function sumUp(runs: readonly ThroughputRun[], yardstick: string): ThroughputFigures[] {
  const groups = groupRuns(runs);
  return [...groups.values()].map((group) => {
    const { contestant, betCount } = group[0]!;
    const yards = groups.get(`${betCount} ${yardstick}`) ?? [];
    const median = (value: (run: ThroughputRun) => number): number => spreadOf(group.map(value)).median;
    return {
      contestant,
      betCount,
      betsPerSecond: spreadOf(group.map(rateOf)),
      megabytesPerSecond: median((run) => run.bytes / run.elapsedMs / 1_000),
      p50Ms: median((run) => run.p50Ms),
      p99Ms: median((run) => run.p99Ms),
      serverCpuSeconds: median((run) => (run.serverCpuMs * 1_000) / run.bets),
      loadCpuSeconds: median((run) => (run.cpuMs * 1_000) / run.bets),
      peakMemoryMib: spreadOf(group.map((run) => run.peakMemoryMib)).max,
      shareOfYardstick: shareOf(group, yards),
    };
  });
}

/** What one contestant takes of what another one takes, at one batch size. */
export interface BatchShare {
  readonly betCount: number;
  readonly share: number;
}

/** The shares of one contestant of what another one takes, at each batch size. */
export function sharesOf(
  runs: readonly ThroughputRun[],
  contestant: string,
  yardstick: string,
): BatchShare[] {
  const groups = groupRuns(runs);
  return [...new Set(runs.map(({ betCount }) => betCount))].map((betCount) => {
    const [group, yards] = [contestant, yardstick].map((name) => groups.get(`${betCount} ${name}`) ?? []);
    return { betCount, share: shareOf(group!, yards!) };
  });
}

/** The runs of each contestant at each batch size, by `betCount contestant`. */
export function groupRuns<Run extends ThroughputRun>(runs: readonly Run[]): Map<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.betCount} ${run.contestant}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return groups;
}

/** Runs of the same round stood under the same disturbances: they are compared with each other. */
function shareOf(group: readonly ThroughputRun[], yards: readonly ThroughputRun[]): number {
  const ratios = group.flatMap((run, round) => {
    const yard = yards[round];
    return yard === undefined ? [] : [rateOf(run) / rateOf(yard)];
  });
  return ratios.length === 0 ? NaN : spreadOf(ratios).median;
}

/** The bets a second of a run. */
export function rateOf({ bets, elapsedMs }: ThroughputRun): number {
  return (bets / elapsedMs) * 1_000;
}

/** The table for people. @param share the heading of the shares of the yardstick */
export function throughputTable(figures: readonly ThroughputFigures[], share: string): string {
  return table(
    [
      'batch',
      'server',
      'bets/s',
      'from … to',
      share,
      'MB/s',
      'p50 ms',
      'p99 ms',
      'CPU s/M',
      'load s/M',
      'MiB',
    ],
    figures.map((figure) => [
      String(figure.betCount),
      figure.contestant,
      millions(figure.betsPerSecond.median),
      `${millions(figure.betsPerSecond.min)} … ${millions(figure.betsPerSecond.max)}`,
      Number.isNaN(figure.shareOfYardstick) ? '' : figure.shareOfYardstick.toFixed(2),
      figure.megabytesPerSecond.toFixed(0),
      figure.p50Ms.toFixed(2),
      figure.p99Ms.toFixed(2),
      figure.serverCpuSeconds.toFixed(2),
      figure.loadCpuSeconds.toFixed(2),
      figure.peakMemoryMib.toFixed(0),
    ]),
    undefined,
    { ...LAYOUT, left: ['server'] },
  );
}

/** A number of bets, in thousands or millions. */
export function millions(bets: number): string {
  return bets >= 1_000_000 ? `${(bets / 1_000_000).toFixed(2)} M` : `${(bets / 1_000).toFixed(0)} k`;
}
