import type { ThroughputRun } from '../throughput';
import { standingText } from './standing_text';

/** A run of a second. */
const run = (contestant: string, betCount: number, bets: number): ThroughputRun => ({
  contestant,
  betCount,
  bets,
  bytes: bets * 50,
  elapsedMs: 1_000,
  p50Ms: 1,
  p99Ms: 2,
  maxMs: 3,
  cpuMs: 100,
  processCpuMs: [],
  batches: bets / betCount,
  acknowledgedBatches: bets / betCount,
  serverCpuMs: 500,
  peakMemoryMib: 100,
});

test('says of each other one whether ours is faster, at each batch size, and by how much', () => {
  const runs = [70, 2_000].flatMap((betCount) => [
    run('lottery', betCount, 1_000),
    run('log', betCount, betCount === 70 ? 2_000 : 1_010),
    run('store', betCount, betCount === 70 ? 250 : 400),
  ]);
  const others = [
    { name: 'log', promise: 'synced' },
    { name: 'store', promise: 'synced, no field checked' },
  ];
  expect(standingText(runs, 'lottery', others))
    .toBe(`Where the lottery stands on this machine, in bets a second:
  log (synced): slower at 70, as fast at 2,000: 0.50 / 0.99 of it at batches of 70 / 2,000.
  store (synced, no field checked): faster: 4.00 / 2.50 of it at batches of 70 / 2,000.
`);
});
