import type { AnsweringRun } from './answering';
import { ratiosOf, sumUpAnswering } from './sum_up_answering';

const RUN: AnsweringRun = {
  contestant: 'ours',
  exchange: 'put batch',
  connections: 10,
  betCount: 1,
  answers: 100,
  refusals: 1,
  elapsedMs: 1_000,
  p50Ms: 1,
  p99Ms: 2,
  maxMs: 3,
  cpuMs: 10,
  serverCpuMs: 20,
  peakMemoryMib: 50,
};
const RUNS = [100, 200, 50, 100, 300, 100].map((answers, index) => ({
  ...RUN,
  answers,
  contestant: index % 2 === 0 ? 'ours' : 'other',
}));

test('runs of one contestant in one case are summed up', () => {
  const [ours, other] = sumUpAnswering(RUNS);
  expect(ours).toMatchObject({
    contestant: 'ours',
    requestsPerSecond: { min: 50, median: 100, max: 300 },
    refusals: 3,
    serverCpuUs: 200,
  });
  expect(other).toMatchObject({ contestant: 'other', requestsPerSecond: { median: 100 } });
});

test('neighbouring runs are compared', () => {
  expect(ratiosOf(RUNS, 'ours', 'other')).toEqual([
    expect.objectContaining({ contestant: 'ours', yardstick: 'other', connections: 10, ratio: 0.5 }),
  ]);
});
