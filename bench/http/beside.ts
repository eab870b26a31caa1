/** How long agencies wait for their ACKs over TCP while others send large batches over HTTP. */
import { AGENCIES, inFolder } from '../contestants';
import { runLoad } from '../load/run_load';
import { takeTurns } from '../throughput';
import { HttpContestant, lotteryOverHttp } from './http_contestants';
import type { HttpLoadPlan } from './http_load_plan';
import { RunningHttpLoad, startHttpLoad } from './run_http_load';

const NOBODY = 'nobody';

/** What the loads are like. */
export interface BesidePlan {
  /** Over TCP: bets in a batch, one batch in flight on each of five connections. */
  readonly betCount: number;
  /** Over HTTP: clients that put batches of so many bets in JSON. */
  readonly clients: number;
  readonly clientBetCount: number;
  /** How many workers the server has, in turn. */
  readonly workers: readonly number[];
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly folder: string;
}

/** One way in one round. */
export interface BesideRun {
  /** How many workers there were; `undefined` when nobody sent anything over HTTP. */
  readonly workers: number | undefined;
  readonly batchesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Over HTTP: batches a second, how long half of them took, and refusals (503). */
  readonly http:
    { readonly batchesPerSecond: number; readonly p50Ms: number; readonly refusals: number } | undefined;
}

/** A server, and whether there are clients over HTTP. */
interface Way {
  readonly contestant: HttpContestant;
  readonly workers: number | undefined;
}

/** Measures all ways by turns. @param report called with each run as it ends */
export function measureBeside(plan: BesidePlan, report: (run: BesideRun) => void): Promise<BesideRun[]> {
  const alone: Way = { contestant: lotteryOverHttp(NOBODY), workers: undefined };
  const contestants = [
    alone,
    ...plan.workers.map((workers) => ({
      contestant: lotteryOverHttp(String(workers), { HTTP_WORKERS: String(workers) }),
      workers,
    })),
  ];
  const turns = { contestants, cases: [plan], rounds: plan.rounds };
  return takeTurns(turns, (way) => measureWay(plan, way), report);
}

function measureWay(plan: BesidePlan, { contestant, workers }: Way): Promise<BesideRun> {
  const { betCount, clients, clientBetCount, warmUpMs, measureMs, folder: parent } = plan;
  return inFolder(parent, async (folder) => {
    // The clients speak for other agencies than the connections over TCP.
    const server = await contestant.start(folder, AGENCIES + clients);
    try {
      const load: HttpLoadPlan = {
        port: server.httpPort,
        connections: clients,
        firstAgency: AGENCIES + 1,
        exchange: 'put large batch',
        betCount: clientBetCount,
        warmUpMs,
        measureMs: 10 * measureMs,
      };
      const http = workers === undefined ? undefined : startHttpLoad(load, server.processId);
      await http?.begun;
      const ports = [server.tcpPort ?? 0];
      const tcp = await runLoad(
        { ports, connections: AGENCIES, window: 1, betCount, warmUpMs, measureMs },
        server.processId,
      );
      const { p50Ms, p99Ms, maxMs, batches, elapsedMs } = tcp;
      const batchesPerSecond = (batches / elapsedMs) * 1_000;
      return { workers, batchesPerSecond, p50Ms, p99Ms, maxMs, http: await endOf(http) };
    } finally {
      await server.stop();
    }
  });
}

async function endOf(load: RunningHttpLoad | undefined): Promise<BesideRun['http']> {
  if (load === undefined) return undefined;
  load.stop();
  const { answers, elapsedMs, p50Ms, refusals } = await load.result;
  return { batchesPerSecond: (answers / elapsedMs) * 1_000, p50Ms, refusals };
}
