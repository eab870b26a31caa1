import { countDocuments } from '../ledger/draw';
import { EMPTY_LEDGER } from '../ledger/ledger';
import { Telemetry } from './telemetry';

const TERMS = { agencies: 3, winnerNumber: 7_574 };
const DRAW = {
  winnerNumber: 7_574,
  winners: new Map([[2, '7,8']]),
  bets: 40,
  missingAgencies: [1],
  isCalledOff: false,
};

test('goes on from what the ledger held', () => {
  const telemetry = new Telemetry(TERMS, {
    ...EMPTY_LEDGER,
    batches: 3,
    bets: 40,
    sums: new Map([[2, { batches: 3, bets: 40 }]]),
    finishedAgencies: new Set([2, 3]),
    draw: DRAW,
  });
  expect(telemetry).toMatchObject({ totalBatches: 3, totalBets: 40, storedBets: 0, finishedAgencies: 2 });
  const never = { heardAtMs: undefined };
  expect(telemetry.agencies.get(2)).toEqual({ batches: 3, bets: 40, isFinished: true, ...never });
  expect(telemetry.agencies.get(3)).toEqual({ batches: 0, bets: 0, isFinished: true, ...never });
  // Its result may not be announced yet.
  expect(telemetry.draw).toBeUndefined();
  telemetry.drawn(DRAW);
  expect(telemetry.draw).toEqual({
    isCalledOff: false,
    winnerNumber: 7_574,
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
  expect([...telemetry.agencies.keys()]).toEqual([1]);
  expect(telemetry.agencies.get(1)).toMatchObject({ batches: 2, bets: 15, isFinished: true });
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
  expect(telemetry.agencies.get(3)).toMatchObject({ batches: 5, bets: 50, isFinished: false });
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

describe('an agency is heard of', () => {
  const terms = { agencies: 3, winnerNumber: 7_574 };
  const heard = (telemetry: Telemetry): number[] =>
    [...telemetry.agencies].filter(([, { heardAtMs }]) => heardAtMs !== undefined).map(([agency]) => agency);

  test('when it sends something, whatever becomes of it', () => {
    const telemetry = new Telemetry(terms, EMPTY_LEDGER);
    const beforeMs = Date.now();
    telemetry.heard(2);
    expect(heard(telemetry)).toEqual([2]);
    expect(telemetry.agencies.get(2)?.heardAtMs).toBeGreaterThanOrEqual(beforeMs);
  });

  test('when another server has stored something of it, and only then', () => {
    const sums = new Map([[1, { batches: 1, bets: 4 }]]);
    const telemetry = new Telemetry(terms, { ...EMPTY_LEDGER, batches: 1, bets: 4, sums }, true);
    telemetry.summed(new Map([...sums, [3, { batches: 1, bets: 2 }]]));
    expect(heard(telemetry)).toEqual([3]);
    telemetry.agencyFinished(1);
    expect(heard(telemetry)).toEqual([1, 3]);
  });

  test('unless the lottery has no such agency: what a stranger says takes no memory', () => {
    const telemetry = new Telemetry(terms, EMPTY_LEDGER);
    for (const agency of [0, 4, 9_999_999]) {
      telemetry.heard(agency);
      telemetry.connected(agency, 'none')();
      telemetry.seen(agency, 'token', 'http');
    }
    expect(telemetry.agencies.size).toBe(0);
  });
});

test('who asks is seen; an agency is heard of, too', () => {
  const telemetry = new Telemetry(TERMS, EMPTY_LEDGER);
  telemetry.seen(2, 'token', 'http');
  telemetry.seen('auditor', 'certificate', 'http');
  expect(telemetry.presences.of(2).seen).toMatchObject({ right: 'token', door: 'http' });
  expect(telemetry.presences.of('auditor').seen).toMatchObject({ right: 'certificate', door: 'http' });
  expect([...telemetry.agencies.keys()]).toEqual([2]);
  expect(telemetry.agencies.get(2)?.heardAtMs).toBeDefined();
});

test('knows how much of the sale it has seen, and since when', () => {
  const sums = new Map([[1, { batches: 1, bets: 4 }]]);
  const telemetry = new Telemetry(TERMS, { ...EMPTY_LEDGER, batches: 1, bets: 4, sums });
  expect(telemetry.seenSale).toBeUndefined();
  const fromMs = Date.now();
  telemetry.heard(1);
  telemetry.batchStored(1, 10, 500);
  telemetry.batchStored(2, 5, 500);
  const seen = telemetry.seenSale!;
  expect(seen.bets).toBe(15);
  expect(seen.firstAtMs).toBeGreaterThanOrEqual(fromMs);
  expect(seen.lastAtMs).toBeGreaterThanOrEqual(seen.firstAtMs);
});
