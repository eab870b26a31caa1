/**
 * The load: a process that only writes prepared bytes and reads answers, so that what is measured is the server.
 *
 * It is told its plan over the channel to its parent (load.ts), and ends when that closes it.
 */
import { exitOnUnexpectedErrors, oneLine } from '../../program/exit';
import { betsText } from './bets_text';
import { Connection, placesFor } from './connection';
import { FromLoad, LAST_ANSWERS_MS, LoadPlan, LoadResult } from './load';
import { Tally } from './tally';
import { dialler } from './dialler';
import { createWire } from './wires';

/** How often is looked whether enough batches were answered. */
const LOOK_MS = 5;

function fail(error: Error): never {
  process.stderr.write(`the load: ${oneLine(error)}\n`);
  process.exit(1);
}

function say(message: FromLoad): void {
  process.send?.(message);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function openConnections(plan: LoadPlan, tally: Tally, onIdle: () => void): Promise<Connection[]> {
  const dial = await dialler(plan.certificates);
  return Array.from({ length: plan.connections }, (_, index) => {
    const agency = index + 1;
    const bets = Buffer.from(betsText(agency, plan.betCount));
    const wire = createWire(plan.wire ?? 'lottery', { agency, bets, places: placesFor(plan.window) });
    const { ports, window, firstBatchId = 1 } = plan;
    const port = ports[index % ports.length]!;
    const dialled = dial(agency, port);
    return new Connection({ dialled, window, firstBatchId, wire, tally, onIdle, onFailure: fail });
  });
}

async function run(plan: LoadPlan): Promise<void> {
  const tally = new Tally();
  let open = plan.connections;
  let announceIdle = (): void => undefined;
  const idle = new Promise<void>((resolve) => (announceIdle = resolve));
  const connections = await openConnections(plan, tally, () => {
    if (--open === 0) announceIdle();
  });
  await Promise.all(connections.map((connection) => connection.ready()));
  for (const connection of connections) connection.start();
  await lasting(plan.warmUpMs, tally, plan.maxBatches);
  const counted = await count(plan, tally);
  for (const connection of connections) connection.stop();
  const timer = setTimeout(() => fail(new Error('the last batches were not answered')), LAST_ANSWERS_MS);
  await idle;
  clearTimeout(timer);
  process.off('disconnect', onParentGone);
  // Until our parent has looked at the server's processes: PostgreSQL ends one with each connection.
  process.once('disconnect', () => {
    for (const connection of connections) connection.close();
  });
  say({ kind: 'done', result: { ...counted, acknowledgedBatches: tally.acknowledged } });
}

async function count(plan: LoadPlan, tally: Tally): Promise<Omit<LoadResult, 'acknowledgedBatches'>> {
  const startedAtMs = performance.now();
  const startedCpuMs = cpuMs();
  tally.isCounting = true;
  say({ kind: 'begun' });
  await lasting(plan.measureMs, tally, plan.maxBatches);
  tally.isCounting = false;
  const elapsedMs = performance.now() - startedAtMs;
  const usedCpuMs = cpuMs() - startedCpuMs;
  say({ kind: 'ended' });
  const { batches, bytes, latencies } = tally;
  return {
    batches,
    bytes,
    elapsedMs,
    bets: batches * plan.betCount,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    maxMs: latencies.quantileMs(1),
    cpuMs: usedCpuMs,
  };
}

/** Waits; not beyond the batch that ends the load. */
async function lasting(durationMs: number, tally: Tally, maxBatches = Infinity): Promise<void> {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs && tally.acknowledged < maxBatches) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, endMs - performance.now())));
  }
}

function onParentGone(): void {
  process.exit(1);
}

exitOnUnexpectedErrors();
process.once('message', (plan: LoadPlan) => void run(plan));
process.once('disconnect', onParentGone);
