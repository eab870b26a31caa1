import { ratesOf, requireStored } from './load';

const ACKNOWLEDGED = { batches: 3, bets: 600 };

it('takes what is stored as it was acknowledged', () => {
  requireStored(ACKNOWLEDGED, { batches: 3, bets: 600 });
  requireStored(ACKNOWLEDGED, { bets: 600 });
});

it.each([
  [{ batches: 3, bets: 400 }],
  [{ batches: 4, bets: 600 }],
  [{ batches: 2, bets: 600 }],
  [{ bets: 800 }],
])('refuses %j, which is another thing', (stored) => {
  expect(() => requireStored(ACKNOWLEDGED, stored)).toThrow(
    /acknowledged were 3 batches with 600 bets, stored are/,
  );
});

it('tells processor time for a million bets', () => {
  const counted = {
    batches: 10_000,
    bets: 2_000_000,
    bytes: 1,
    elapsedMs: 4_000,
    p50Ms: 1,
    p99Ms: 2,
    maxMs: 3,
  };
  const cpu = { cpuMs: 100, serverCpuMs: 3_000, processCpuMs: [], databaseCpuMs: 1_000, serversCpuMs: 2_000 };
  const more = { acknowledgedBatches: 10_000, peakMemoryMib: 1, walBytesPerBet: 60 };
  expect(ratesOf({ ...counted, ...cpu, ...more })).toEqual({
    betsPerSecond: 500_000,
    p50Ms: 1,
    p99Ms: 2,
    databaseCpuSeconds: 0.5,
    serversCpuSeconds: 1,
    loadCpuSeconds: 0.05,
    walBytesPerBet: 60,
  });
});
