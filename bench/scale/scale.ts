/** How much many servers over one PostgreSQL take in, and what that costs. */
import { join } from 'node:path';

import { oneLine, OperationError } from '../../program/exit';
import { inFolder } from '../contestants';
import { measureSyncs } from '../latency';
import { betsText } from '../load/bets_text';
import { findPostgresql, PostgresqlPrograms, startCluster } from '../peers/postgresql_cluster';
import { agenciesText, databaseText, drawText, growthText, takingText } from '../report/scale_text';
import { ThroughputRun } from '../throughput';
import { AgenciesFigures, measureAgencies } from './agencies';
import { Database, DatabaseFigures } from './database';
import { DrawParts, partsOf } from './draw_parts';
import { GrowthFigures, measureEmptyDraw, measureGrowth } from './growth';
import { ScalePlan } from './plan';
import { sumUpTaking, TakingFigures } from './sum_up';
import { measureTaking } from './taking';

/** Everything that was measured. */
export interface ScaleFigures {
  readonly database: DatabaseFigures;
  readonly taking: readonly TakingFigures[];
  readonly agencies: readonly AgenciesFigures[];
  readonly growth: readonly GrowthFigures[];
  readonly draw: DrawParts;
}

/** Receives results while the measurement runs. */
export interface ScaleListener {
  /** Takes the texts for people, each as soon as it is known. */
  readonly say: (text: string) => void;
  readonly report: (run: ThroughputRun) => void;
}

/**
 * Measures all of it in a cluster of its own, which is removed afterwards.
 *
 * @param parent the folder in which it lies
 * @param stop ends it early: the promise resolves to `undefined` then, when all is cleared away
 * @throws OperationError when PostgreSQL is not installed, or what is stored is not what was acknowledged
 */
export async function measureScale(
  parent: string,
  plan: ScalePlan,
  listener: ScaleListener,
  stop: AbortSignal,
): Promise<ScaleFigures | undefined> {
  const programs = requirePostgresql();
  return inFolder(parent, async (folder) => {
    const cluster = await startCluster(programs, folder);
    try {
      const database = await Database.open(cluster);
      const sync = measureSync(folder, plan);
      const figures = { version: programs.version, settings: await database.settings(), sync };
      return await Promise.race([measureAll(database, figures, plan, listener), aborted(stop)]);
    } finally {
      await cluster.stop();
    }
  });
}

async function measureAll(
  database: Database,
  databaseFigures: DatabaseFigures,
  plan: ScalePlan,
  { say, report }: ScaleListener,
): Promise<ScaleFigures> {
  say(databaseText(databaseFigures));
  const taking = sumUpTaking(await measureTaking(database, plan.taking, report));
  say(takingText(taking, plan.taking));
  for (const { name, promise } of plan.taking.contestants) say(`  ${name}: ${promise}\n`);
  const agencies: AgenciesFigures[] = [];
  for (const one of plan.agencies) agencies.push(await measureAgencies(database, one));
  say(agenciesText(agencies));
  const growth: GrowthFigures[] = [];
  for (const one of plan.growth) growth.push(await measureGrowth(database, one));
  say(growthText(growth));
  const empty = [];
  for (let left = plan.emptyDraws; left > 0; left--)
    empty.push(await measureEmptyDraw(database, plan.drawSize));
  const draw = partsOf(
    empty,
    growth.map((one) => one.draw),
  );
  say(drawText(draw));
  await database.close();
  return { database: databaseFigures, taking, agencies, growth, draw };
}

function measureSync(folder: string, { syncBetCount, syncMs }: ScalePlan): DatabaseFigures['sync'] {
  const bytes = betsText(1, syncBetCount).length;
  const latencies = measureSyncs(join(folder, 'syncs'), bytes, syncMs);
  return { bytes, p50Ms: latencies.quantileMs(0.5), p99Ms: latencies.quantileMs(0.99) };
}

/** @throws OperationError when it is not installed */
function requirePostgresql(): PostgresqlPrograms {
  try {
    return findPostgresql();
  } catch (error) {
    throw new OperationError(`--scale needs PostgreSQL: ${oneLine(error)}`);
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
