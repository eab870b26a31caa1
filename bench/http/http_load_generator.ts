/**
 * The load on an HTTP door: a process that only writes prepared bytes and checks answers, so that what is measured is the
 * server.
 *
 * It is told its plan over the channel to its parent (http_load_plan.ts), and ends when that closes it.
 */
import { exitOnUnexpectedErrors, oneLine } from '../../program/exit';
import { LAST_ANSWERS_MS } from '../load/load';
import { HttpConnection, HttpTally } from './http_connection';
import type { FromHttpLoad, HttpLoadPlan, HttpLoadResult, ToHttpLoad } from './http_load_plan';
import { requestsOf } from './http_requests';

/** Connections that are opened at a time: the others would wait longer than the kernel's queue is. */
const OPENED_AT_ONCE = 100;
const stopped = new AbortController();

function fail(error: Error): never {
  process.stderr.write(`the load: ${oneLine(error)}\n`);
  process.exit(1);
}

function say(message: FromHttpLoad): void {
  process.send?.(message);
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function openConnections(
  plan: HttpLoadPlan,
  tally: HttpTally,
  onIdle: () => void,
): Promise<HttpConnection[]> {
  const connections: HttpConnection[] = [];
  while (connections.length < plan.connections) {
    const count = Math.min(OPENED_AT_ONCE, plan.connections - connections.length);
    const opened = Array.from({ length: count }, (_, index) => {
      const agency = connections.length + index + (plan.firstAgency ?? 1);
      const requests = requestsOf(plan.exchange, agency, plan.betCount);
      return new HttpConnection({ port: plan.port, requests, tally, onIdle, onFailure: fail });
    });
    await Promise.all(opened.map((connection) => connection.ready()));
    connections.push(...opened);
  }
  return connections;
}

async function run(plan: HttpLoadPlan): Promise<void> {
  const tally = new HttpTally();
  let open = plan.connections;
  let announceIdle = (): void => undefined;
  const idle = new Promise<void>((resolve) => (announceIdle = resolve));
  const connections = await openConnections(plan, tally, () => {
    if (--open === 0) announceIdle();
  });
  for (const connection of connections) connection.start();
  await lasting(plan.warmUpMs);
  const result = await count(plan, tally);
  for (const connection of connections) connection.stop();
  const timer = setTimeout(() => fail(new Error('the last requests were not answered')), LAST_ANSWERS_MS);
  await idle;
  clearTimeout(timer);
  for (const connection of connections) connection.close();
  process.removeAllListeners('message');
  say({ kind: 'done', result });
}

async function count({ measureMs }: HttpLoadPlan, tally: HttpTally): Promise<HttpLoadResult> {
  const startedAtMs = performance.now();
  const startedCpuMs = cpuMs();
  tally.isCounting = true;
  say({ kind: 'begun' });
  await lasting(measureMs);
  tally.isCounting = false;
  const elapsedMs = performance.now() - startedAtMs;
  const usedCpuMs = cpuMs() - startedCpuMs;
  say({ kind: 'ended' });
  const { answers, refusals, latencies } = tally;
  return {
    answers,
    refusals,
    elapsedMs,
    p50Ms: latencies.quantileMs(0.5),
    p99Ms: latencies.quantileMs(0.99),
    maxMs: latencies.quantileMs(1),
    cpuMs: usedCpuMs,
  };
}

/** Waits; no longer when the parent wants no more. */
async function lasting(durationMs: number): Promise<void> {
  if (stopped.signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    stopped.signal.addEventListener('abort', end, { once: true });
  });
}

exitOnUnexpectedErrors();
process.on('message', (message: ToHttpLoad) => {
  if (message.kind === 'stop') stopped.abort();
  else void run(message.plan);
});
process.once('disconnect', () => process.exit(0));
