/** How many bets a second each contestant takes in, at several batch sizes. */
import { AGENCIES, Contestant, inFolder } from './contestants';
import { Measured, runLoad } from './load/run_load';

/** What is measured by turns, at several batch sizes. */
export interface Turns<Way> {
  readonly contestants: readonly Way[];
  readonly betCounts: readonly number[];
  readonly rounds: number;
}

/** What is measured by turns, in several cases. */
export interface TurnsIn<Way, Case> {
  readonly contestants: readonly Way[];
  readonly cases: readonly Case[];
  readonly rounds: number;
}

/** What the load is like. */
export interface ThroughputPlan extends Turns<Contestant> {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** One for each agency if left out. */
  readonly connections?: number;
  /** Batches in flight on each connection. */
  readonly window: number;
  /** Where the contestants' files lie while they are measured. */
  readonly folder: string;
}

/** One contestant at one batch size in one round. */
export interface ThroughputRun extends Measured {
  readonly contestant: string;
  readonly betCount: number;
}

/**
 * Measures all contestants.
 *
 * @param report called with each run as it ends
 */
export function measureThroughput(
  plan: ThroughputPlan,
  report: (run: ThroughputRun) => void,
): Promise<ThroughputRun[]> {
  const turns = { ...plan, cases: plan.betCounts };
  return takeTurns(turns, (contestant, betCount) => measureOne(plan, contestant, betCount), report);
}

/**
 * Measures all contestants in all cases, interleaved: whatever disturbs the machine for a while disturbs all of them.
 *
 * @param measure runs one contestant once
 * @param report called with each run as it ends
 */
export async function takeTurns<Way, Case, Run>(
  { contestants, cases, rounds }: TurnsIn<Way, Case>,
  measure: (contestant: Way, one: Case) => Promise<Run>,
  report: (run: Run) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const one of cases) {
      for (const contestant of contestants) {
        const run = await measure(contestant, one);
        runs.push(run);
        report(run);
      }
    }
  }
  return runs;
}

function measureOne(plan: ThroughputPlan, contestant: Contestant, betCount: number): Promise<ThroughputRun> {
  return inFolder(plan.folder, async (folder) => {
    const server = await contestant.start(folder);
    try {
      const { warmUpMs, measureMs, window, connections = AGENCIES } = plan;
      const { wire = 'lottery', name } = contestant;
      const load = {
        ports: [server.port],
        connections,
        window,
        betCount,
        warmUpMs,
        measureMs,
        wire,
        ...(server.certificates !== undefined && { certificates: server.certificates }),
      };
      return { ...(await runLoad(load, server.processId)), contestant: name, betCount };
    } finally {
      await server.stop();
    }
  });
}

/** A run in a line. */
export function runText({ contestant, betCount, bets, elapsedMs }: ThroughputRun): string {
  return `${contestant}, batches of ${betCount}: ${((bets / elapsedMs) * 1_000).toFixed(0)} bets/s`;
}
