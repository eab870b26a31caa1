/**
 * The metrics of the process, under the names of prom-client's default metrics. The defaults themselves are not used:
 * at each scrape they list every open handle and descriptor, and a server has up to 10,000 connections; they observe
 * every garbage collection; and they cannot be stopped.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import { Registry } from 'prom-client';

import { EVENT_LOOP_RESOLUTION_MS } from './limits';
import { addCounter, addGauge } from './plain_metrics';

/**
 * Adds CPU, memory and the event loop to a registry.
 *
 * @returns stops measuring
 */
export function addProcessMetrics(registry: Registry): () => void {
  addCpu(registry);
  addMemory(registry);
  return addEventLoop(registry);
}

function addCpu(registry: Registry): void {
  addCounter(
    registry,
    'process_cpu_seconds_total',
    'User and system CPU time of all threads.',
    () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  );
  addGauge(
    registry,
    'process_start_time_seconds',
    'When the process was started, in seconds since 1970.',
    () => performance.timeOrigin / 1_000,
  );
}

function addMemory(registry: Registry): void {
  addGauge(registry, 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  const memory: [string, string, 'heapTotal' | 'heapUsed' | 'external'][] = [
    ['nodejs_heap_size_total_bytes', 'Memory of the heap of the main thread.', 'heapTotal'],
    ['nodejs_heap_size_used_bytes', 'Memory in use in the heap of the main thread.', 'heapUsed'],
    ['nodejs_external_memory_bytes', 'Memory outside of the heap that belongs to objects in it.', 'external'],
  ];
  for (const [name, help, key] of memory) addGauge(registry, name, help, () => process.memoryUsage()[key]);
}

function addEventLoop(registry: Registry): () => void {
  addCounter(
    registry,
    'nodejs_eventloop_active_seconds_total',
    'Time that the event loop of the main thread was busy.',
    () => performance.eventLoopUtilization().active / 1_000,
  );
  const delays = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  delays.enable();
  const since = 'since the scrape before.';
  const add = (name: string, help: string, readNs: () => number): void =>
    addGauge(registry, name, help, () => (delays.count === 0 ? 0 : delaySeconds(readNs())));
  add('nodejs_eventloop_lag_p50_seconds', `Median delay of the event loop ${since}`, () =>
    delays.percentile(50),
  );
  add('nodejs_eventloop_lag_p99_seconds', `99th percentile of the event loop's delay ${since}`, () =>
    delays.percentile(99),
  );
  // The last metric that reads the delays resets them for the next scrape.
  add('nodejs_eventloop_lag_max_seconds', `Longest delay of the event loop ${since}`, () => {
    const maxNs = delays.max;
    delays.reset();
    return maxNs;
  });
  return () => void delays.disable();
}

/** The histogram has the times from one timer to the next: the delay is what exceeds the timer's interval. */
function delaySeconds(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e9 - EVENT_LOOP_RESOLUTION_MS / 1_000);
}
