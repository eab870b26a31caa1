import type { BesideRun } from './beside';
import { sumUpBeside } from './sum_up_beside';

const http = { batchesPerSecond: 30, p50Ms: 300, refusals: 1 };
const run = (workers: number | undefined, p99Ms: number): BesideRun => ({
  workers,
  batchesPerSecond: 1_000,
  p50Ms: 1,
  p99Ms,
  maxMs: 100,
  http: workers === undefined ? undefined : http,
});

test('each number of workers is compared with nobody in the same round', () => {
  const runs = [run(undefined, 2), run(0, 20), run(1, 4), run(undefined, 4), run(0, 20), run(1, 12)];
  expect(sumUpBeside(runs)).toEqual([
    expect.objectContaining({ workers: undefined, p99Ms: 3, p99Ratio: 1, http: undefined }),
    expect.objectContaining({ workers: 0, p99Ms: 20, p99Ratio: 7.5, http: { ...http, refusals: 2 } }),
    expect.objectContaining({ workers: 1, p99Ms: 8, p99Ratio: 2.5 }),
  ]);
});
