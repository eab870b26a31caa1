/** A load on one database, over servers of ours or straight to it. */
import { OperationError } from '../../program/exit';
import { sumOf } from '../figures';
import { LoadPlan } from '../load/load';
import { Measured, runLoad } from '../load/run_load';
import { Database, StoredBets } from './database';
import { RunningServers } from './servers';

/** What was seen of the database and the servers under load. */
export interface ScaleLoad extends Measured {
  readonly databaseCpuMs: number;
  readonly serversCpuMs: number;
  /** Write-ahead log for each bet that was acknowledged, pages as a whole included. */
  readonly walBytesPerBet: number;
}

/** @throws OperationError as `runLoad` does */
export async function putLoad(
  database: Database,
  { ports, processIds }: Pick<RunningServers, 'ports' | 'processIds'>,
  plan: Omit<LoadPlan, 'ports'>,
): Promise<ScaleLoad> {
  const walBytesBefore = await database.walBytes();
  const load = await runLoad({ ...plan, ports }, database.processId, ...processIds);
  const walBytes = (await database.walBytes()) - walBytesBefore;
  const [databaseCpuMs = NaN, ...serversCpuMs] = load.processCpuMs;
  const bets = load.acknowledgedBatches * plan.betCount;
  return { ...load, databaseCpuMs, serversCpuMs: sumOf(serversCpuMs), walBytesPerBet: walBytes / bets };
}

/** What is told of a load, its processor time for a million bets. */
export interface Rates {
  readonly betsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly databaseCpuSeconds: number;
  readonly serversCpuSeconds: number;
  /** The load generator's. */
  readonly loadCpuSeconds: number;
  readonly walBytesPerBet: number;
}

/** The rates of a load. */
export function ratesOf(load: ScaleLoad): Rates {
  const { bets, elapsedMs, p50Ms, p99Ms, walBytesPerBet } = load;
  const secondsPerMillion = (cpuMs: number): number => (cpuMs * 1_000) / bets;
  return {
    betsPerSecond: (bets / elapsedMs) * 1_000,
    p50Ms,
    p99Ms,
    databaseCpuSeconds: secondsPerMillion(load.databaseCpuMs),
    serversCpuSeconds: secondsPerMillion(load.serversCpuMs),
    loadCpuSeconds: secondsPerMillion(load.cpuMs),
    walBytesPerBet,
  };
}

/**
 * Checks what is stored against what was acknowledged.
 *
 * @throws OperationError when they differ
 */
export function requireStored(acknowledged: Required<StoredBets>, stored: StoredBets): void {
  const batches = stored.batches ?? acknowledged.batches;
  if (stored.bets === acknowledged.bets && batches === acknowledged.batches) return;
  throw new OperationError(
    `acknowledged were ${acknowledged.batches} batches with ${acknowledged.bets} bets, ` +
      `stored are ${batches} with ${stored.bets}`,
  );
}
