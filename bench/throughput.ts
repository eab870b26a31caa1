/** How many bets a second each contestant takes in, at several batch sizes. */
import { AGENCIES, Contestant, inFolder } from './contestants';
import { Measured, runLoad } from './load/run_load';

/** What the load is like. */
export interface ThroughputPlan {
  readonly contestants: readonly Contestant[];
  readonly betCounts: readonly number[];
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
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
 * Measures all contestants, interleaved: whatever disturbs the machine for a while disturbs all of them.
 *
 * @param report called with each run as it ends
 */
export async function measureThroughput(
  plan: ThroughputPlan,
  report: (run: ThroughputRun) => void,
): Promise<ThroughputRun[]> {
  const runs: ThroughputRun[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const betCount of plan.betCounts) {
      for (const contestant of plan.contestants) {
        const run = await measureOne(plan, contestant, betCount);
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
      const { warmUpMs, measureMs, window } = plan;
      const { wire = 'lottery', name } = contestant;
      const load = { port: server.port, connections: AGENCIES, window, betCount, warmUpMs, measureMs, wire };
      return { ...(await runLoad(load, server.processId)), contestant: name, betCount };
    } finally {
      await server.stop();
    }
  });
}
