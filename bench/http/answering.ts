/** How many requests a second each contestant answers. */
import { inFolder } from '../contestants';
import { takeTurns, TurnsIn } from '../throughput';
import type { HttpContestant } from './http_contestants';
import type { HttpLoadPlan } from './http_load_plan';
import { HttpMeasured, startHttpLoad } from './run_http_load';

/** One kind of load. */
export type HttpCase = Pick<HttpLoadPlan, 'exchange' | 'connections' | 'betCount'>;

/** What the load is like. */
export interface AnsweringPlan extends TurnsIn<HttpContestant, HttpCase> {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Where the contestants' files lie while they are measured. */
  readonly folder: string;
}

/** One contestant in one case in one round. */
export interface AnsweringRun extends HttpMeasured, HttpCase {
  readonly contestant: string;
}

/**
 * Measures all contestants by turns.
 *
 * @param report called with each run as it ends
 * @throws OperationError when an answer is wrong
 */
export function measureAnswering(
  plan: AnsweringPlan,
  report: (run: AnsweringRun) => void,
): Promise<AnsweringRun[]> {
  return takeTurns(plan, (contestant, one) => measureOne(plan, contestant, one), report);
}

function measureOne(plan: AnsweringPlan, contestant: HttpContestant, one: HttpCase): Promise<AnsweringRun> {
  const { warmUpMs, measureMs } = plan;
  return inFolder(plan.folder, async (folder) => {
    const server = await contestant.start(folder, one.connections);
    try {
      const load = { ...one, port: server.httpPort, warmUpMs, measureMs };
      const measured = await startHttpLoad(load, server.processId).result;
      return { ...measured, ...one, contestant: contestant.name };
    } finally {
      await server.stop();
    }
  });
}
