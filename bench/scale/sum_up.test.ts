import { sumUpTaking } from './sum_up';
import { TakingRun } from './taking';

function run(contestant: string, betCount: number, betsPerSecond: number): TakingRun {
  return {
    contestant,
    betCount,
    bets: betsPerSecond * 2,
    batches: (betsPerSecond * 2) / betCount,
    acknowledgedBatches: (betsPerSecond * 3) / betCount,
    bytes: betsPerSecond * 100,
    elapsedMs: 2_000,
    p50Ms: 1,
    p99Ms: 5,
    maxMs: 9,
    cpuMs: 200,
    databaseCpuMs: 1_000,
    serversCpuMs: 2_000,
    serverCpuMs: 3_000,
    processCpuMs: [1_000, 2_000],
    peakMemoryMib: 100,
    walBytesPerBet: 70,
  };
}

it('compares runs of the same round, and tells processor time for a million bets', () => {
  const runs = [
    run('2 servers', 200, 500_000),
    run('COPY', 200, 1_000_000),
    run('2 servers', 200, 400_000),
    run('COPY', 200, 500_000),
    run('2 servers', 200, 900_000),
    run('COPY', 200, 1_500_000),
  ];
  const [servers, copy] = sumUpTaking(runs);
  expect(servers).toMatchObject({
    way: '2 servers',
    betCount: 200,
    betsPerSecond: { min: 400_000, median: 500_000, max: 900_000 },
    shareOfCopy: 0.6,
    databaseCpuSeconds: 1,
    serversCpuSeconds: 2,
    loadCpuSeconds: 0.2,
    walBytesPerBet: 70,
    busyCores: 1.6,
  });
  expect(copy).toMatchObject({ way: 'COPY', shareOfCopy: 1 });
});

it('has a row for each batch size', () => {
  const figures = sumUpTaking([run('COPY', 70, 1), run('COPY', 200, 2)]);
  expect(figures.map(({ betCount, shareOfCopy }) => [betCount, shareOfCopy])).toEqual([
    [70, 1],
    [200, 1],
  ]);
});
