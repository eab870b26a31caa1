/** How long one batch at a time takes, beside what the disk itself takes for a sync. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { inFolder, LOTTERY } from './contestants';
import { runLoad } from './load/run_load';
import { Latencies } from './load/latencies';

/** One batch in flight on one connection, and the disk on its own. */
export interface LatencyFigures {
  readonly betCount: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** As many bytes appended to a file and synced with fdatasync, by this process. */
  readonly syncP50Ms: number;
  readonly syncP99Ms: number;
}

/** @param measureMs for how long each is measured */
export function measureLatency(parent: string, betCount: number, measureMs: number): Promise<LatencyFigures> {
  return inFolder(parent, async (folder) => {
    const server = await LOTTERY.start(folder);
    try {
      const plan = { ports: [server.port], connections: 1, window: 1, betCount, warmUpMs: 1_000, measureMs };
      const { p50Ms, p99Ms, bytes, batches } = await runLoad(plan, server.processId);
      const sync = measureSyncs(join(folder, 'syncs'), Math.round(bytes / batches), measureMs);
      return {
        betCount,
        p50Ms,
        p99Ms,
        syncP50Ms: sync.quantileMs(0.5),
        syncP99Ms: sync.quantileMs(0.99),
      };
    } finally {
      await server.stop();
    }
  });
}

/**
 * How long the disk takes to append so many bytes to a file and sync them with fdatasync, again and again.
 *
 * @param file is made, and removed afterwards
 */
export function measureSyncs(file: string, bytes: number, measureMs: number): Latencies {
  const latencies = new Latencies();
  const text = Buffer.alloc(bytes, 'x');
  const descriptor = openSync(file, 'w');
  try {
    for (const endMs = performance.now() + measureMs; performance.now() < endMs;) {
      const startedMs = performance.now();
      writeSync(descriptor, text);
      fdatasyncSync(descriptor);
      latencies.add(performance.now() - startedMs);
    }
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
  return latencies;
}
