import { countDocuments } from '../ledger/draw';
import { EMPTY_LEDGER } from '../ledger/ledger';
import { Telemetry } from './telemetry';

const TERMS = { agencies: 3, winnerNumber: 7_574 };

test('goes on from what the ledger held', () => {
  const telemetry = new Telemetry(TERMS, {
    ...EMPTY_LEDGER,
    batches: 3,
    bets: 40,
    sums: new Map([[2, { batches: 3, bets: 40 }]]),
    finishedAgencies: new Set([2, 3]),
    draw: {
      winnerNumber: 7_574,
      winners: new Map([[2, '7,8']]),
      bets: 40,
      missingAgencies: [1],
      isCalledOff: false,
    },
  });
  expect(telemetry).toMatchObject({ totalBatches: 3, totalBets: 40, storedBets: 0, finishedAgencies: 2 });
  expect(telemetry.agencies.get(2)).toEqual({ batches: 3, bets: 40, isFinished: true });
  expect(telemetry.agencies.get(3)).toEqual({ batches: 0, bets: 0, isFinished: true });
  expect(telemetry.draw).toEqual({
    isCalledOff: false,
    bets: 40,
    missingAgencies: [1],
    winners: new Map([[2, 2]]),
  });
});

test('counts what happens', () => {
  const telemetry = new Telemetry(TERMS, EMPTY_LEDGER);
  telemetry.batchStored(1, 10, 500);
  telemetry.batchStored(1, 5, 250);
  telemetry.batchRepeated();
  telemetry.agencyFinished(1);
  telemetry.agencyFinished(1);
  telemetry.refused('tcp', 'bad-batch');
  telemetry.refused('tcp', 'bad-batch');
  telemetry.refused('http', 'unauthorized');
  expect(telemetry).toMatchObject({
    storedBatches: 2,
    storedBets: 15,
    storedBytes: 750,
    repeatedBatches: 1,
    finishedAgencies: 1,
  });
  expect(telemetry.agencies).toEqual(new Map([[1, { batches: 2, bets: 15, isFinished: true }]]));
  expect(telemetry.refusals).toEqual([
    { door: 'tcp', code: 'bad-batch', count: 2 },
    { door: 'http', code: 'unauthorized', count: 1 },
  ]);
});

test('of a ledger that is shared, the sums are those that are told', () => {
  const telemetry = new Telemetry(
    TERMS,
    { ...EMPTY_LEDGER, batches: 1, bets: 4, sums: new Map([[1, { batches: 1, bets: 4 }]]) },
    true,
  );
  telemetry.batchStored(1, 10, 500);
  expect(telemetry).toMatchObject({ storedBets: 10, storedBytes: 500, totalBatches: 1, totalBets: 4 });
  telemetry.summed(new Map([[1, { batches: 2, bets: 14 }]]));
  telemetry.summed(
    new Map([
      [1, { batches: 2, bets: 14 }],
      [3, { batches: 5, bets: 50 }],
    ]),
  );
  expect(telemetry).toMatchObject({ storedBatches: 1, totalBatches: 7, totalBets: 64 });
  expect(telemetry.agencies.get(3)).toEqual({ batches: 5, bets: 50, isFinished: false });
});

test('tells of commits as long as somebody listens', () => {
  const telemetry = new Telemetry(TERMS, EMPTY_LEDGER);
  const heard: number[] = [];
  const stop = telemetry.onCommit(({ operations }) => heard.push(operations));
  telemetry.committed({ operations: 3, durationMs: 1 });
  stop();
  telemetry.committed({ operations: 4, durationMs: 2 });
  expect(heard).toEqual([3]);
  expect(telemetry).toMatchObject({ commits: 2, committedOperations: 7, commitMs: 3 });
});

test('knows what it is told to look at, and nothing before', () => {
  const telemetry = new Telemetry(TERMS, EMPTY_LEDGER);
  expect([telemetry.queuedBytes, telemetry.isReady, telemetry.connections('tcp')]).toEqual([0, false, 0]);
  telemetry.watchStorage(
    () => 7,
    () => true,
  );
  telemetry.watchConnections('tcp', () => 9);
  expect([telemetry.queuedBytes, telemetry.isReady, telemetry.connections('tcp')]).toEqual([7, true, 9]);
});

test.each([
  ['', 0],
  ['7', 1],
  ['7,8,8', 3],
])('counts the documents of %j', (documents, count) => {
  expect(countDocuments(documents)).toBe(count);
});
