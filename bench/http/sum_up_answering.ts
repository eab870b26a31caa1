/** What several runs come to. */
import { Spread, spreadOf } from '../figures';
import type { AnsweringRun, HttpCase } from './answering';

/** What the runs of one contestant in one case come to. */
export interface AnsweringFigures extends HttpCase {
  readonly contestant: string;
  readonly requestsPerSecond: Spread;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that were answered with 503 while the load counted, in all runs together. */
  readonly refusals: number;
  /** Processor time for a request, in microseconds: the server's, and the load generator's. */
  readonly serverCpuUs: number;
  readonly loadCpuUs: number;
  readonly peakMemoryMib: number;
}

/** What one contestant answers of what another one answers, in one case. */
export interface HttpRatio extends HttpCase {
  readonly contestant: string;
  readonly yardstick: string;
  /** The median of the ratios of neighbouring runs. */
  readonly ratio: number;
}

/** Sums up runs, in the order in which they were measured. */
export function sumUpAnswering(runs: readonly AnsweringRun[]): AnsweringFigures[] {
  return [...groupRuns(runs).values()].map((group) => {
    const { contestant, exchange, connections, betCount } = group[0]!;
    const median = (value: (run: AnsweringRun) => number): number => spreadOf(group.map(value)).median;
    return {
      contestant,
      exchange,
      connections,
      betCount,
      requestsPerSecond: spreadOf(group.map(rateOf)),
      p50Ms: median((run) => run.p50Ms),
      p99Ms: median((run) => run.p99Ms),
      refusals: group.reduce((sum, run) => sum + run.refusals, 0),
      serverCpuUs: median((run) => (run.serverCpuMs * 1_000) / run.answers),
      loadCpuUs: median((run) => (run.cpuMs * 1_000) / run.answers),
      peakMemoryMib: spreadOf(group.map((run) => run.peakMemoryMib)).max,
    };
  });
}

/** What one contestant answers of what another one answers, in each case. */
export function ratiosOf(runs: readonly AnsweringRun[], contestant: string, yardstick: string): HttpRatio[] {
  const groups = groupRuns(runs);
  return [...groups.values()]
    .filter((group) => group[0]!.contestant === contestant)
    .map((group) => {
      const { exchange, connections, betCount } = group[0]!;
      const yards = groups.get(keyOf({ ...group[0]!, contestant: yardstick })) ?? [];
      // Runs of the same round stood under the same disturbances.
      const ratios = group.flatMap((run, round) => {
        const yard = yards[round];
        return yard === undefined ? [] : [rateOf(run) / rateOf(yard)];
      });
      const ratio = ratios.length === 0 ? NaN : spreadOf(ratios).median;
      return { contestant, yardstick, exchange, connections, betCount, ratio };
    });
}

function groupRuns(runs: readonly AnsweringRun[]): Map<string, AnsweringRun[]> {
  const groups = new Map<string, AnsweringRun[]>();
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  return groups;
}

function keyOf({ contestant, exchange, connections, betCount }: HttpCase & { contestant: string }): string {
  return [contestant, exchange, connections, betCount].join(' ');
}

/** The requests that were answered in a second. */
function rateOf({ answers, elapsedMs }: AnsweringRun): number {
  return (answers / elapsedMs) * 1_000;
}
