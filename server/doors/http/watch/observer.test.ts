import fc from 'fast-check';

import { FakeClock } from '../../../../program/testing/fake_clock';
import { COMPLETE } from '../../../ledger/draw';
import { DrawView } from '../../../lottery/draw_view';
import { Telemetry } from '../../../telemetry/telemetry';
import { Board } from '../page/model/board';
import { readChange, readState } from '../page/model/feed_reader';
import { HISTORY_SAMPLES, MAX_LISTED_AGENCIES } from './limits';
import { Observer } from './observer';
import { AWAITED, IDENTITY, newTelemetry, watchedOf } from './testing/watched_app';

function observed(telemetry = newTelemetry()): {
  telemetry: Telemetry;
  clock: FakeClock;
  observer: Observer;
} {
  const clock = new FakeClock();
  return { telemetry, clock, observer: new Observer(watchedOf(telemetry, clock), IDENTITY) };
}

describe('a change', () => {
  test('has the agencies that have changed, and no others', () => {
    const { telemetry, clock, observer } = observed();
    telemetry.batchStored(2, 70, 3_000);
    telemetry.batchStored(2, 30, 1_000);
    telemetry.batchStored(3, 10, 500);
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([
      [2, 2, 100, 100, 0, 0, -1, 0, -1],
      [3, 1, 10, 10, 0, 0, -1, 0, -1],
    ]);
    telemetry.batchStored(3, 20, 500);
    clock.advance(500);
    expect(observer.observe().agencies).toEqual([
      [2, 2, 100, 0, 0, 0, -1, 0, -1],
      [3, 2, 30, 40, 0, 0, -1, 0, -1],
    ]);
    telemetry.agencyFinished(1);
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([
      [3, 2, 30, 0, 0, 0, -1, 0, -1],
      [1, 0, 0, 0, 1, 0, expect.any(Number), 0, -1],
    ]);
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([]);
  });

  test('has sums and rates', () => {
    const { telemetry, clock, observer } = observed();
    telemetry.watchStorage(
      () => 1_234,
      () => true,
    );
    telemetry.watchConnections('tcp', () => 5);
    telemetry.batchStored(1, 60, 4_000);
    telemetry.batchRepeated();
    telemetry.refused('tcp', 'bad-batch');
    telemetry.refused('http', 'unauthorized');
    telemetry.committed({ operations: 7, durationMs: 2.5 });
    clock.advance(2_000);
    const { figures } = observer.observe();
    expect(figures).toMatchObject({
      isReady: true,
      totalBatches: 1,
      totalBets: 60,
      finishedAgencies: 0,
      repeatedBatches: 1,
      betsPerSecond: 30,
      bytesPerSecond: 2_000,
      commits: { count: 1, operations: 7, p50Ms: 2.5, p99Ms: 2.5, maxMs: 2.5 },
      queuedBytes: 1_234,
      connections: { tcp: 5, http: 0 },
      refusals: [
        { door: 'tcp', code: 'bad-batch', count: 1 },
        { door: 'http', code: 'unauthorized', count: 1 },
      ],
    });
    expect(Math.abs(figures.atMs - 2_000 - Date.now())).toBeLessThan(60_000);
  });

  test('has the draw once, without documents', () => {
    const { telemetry, observer } = observed();
    const winners = new Map([
      [1, '31204458,21689196'],
      [3, '30904465'],
    ]);
    telemetry.drawn({ ...COMPLETE, winnerNumber: 7_574, winners, bets: 100 });
    const change = observer.observe();
    expect(change.draw).toEqual({
      isCalledOff: false,
      winnerNumber: 7_574,
      bets: 100,
      missingAgencies: 0,
      winningBets: 3,
      winners: [
        [1, 2],
        [3, 1],
      ],
    });
    expect(JSON.stringify(change)).not.toMatch(/31204458|21689196|30904465/);
    expect(observer.observe()).not.toHaveProperty('draw');
    expect(observer.state().draw).toEqual(change.draw);
  });
});

describe('who was heard of, and when', () => {
  test('stands in the rows of agencies, also of those of which nothing is stored', () => {
    const { telemetry, clock, observer } = observed();
    jest.spyOn(Date, 'now').mockReturnValueOnce(telemetry.startedAtMs + 5_100);
    const leave = telemetry.connected(1, 'certificate');
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([[1, 0, 0, 0, 0, 1, -1, 1, 5]]);
    jest.spyOn(Date, 'now').mockReturnValueOnce(telemetry.startedAtMs + 12_900);
    telemetry.heard(1);
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([[1, 0, 0, 0, 0, 1, 12, 1, 5]]);
    leave();
    clock.advance(1_000);
    expect(observer.observe().agencies).toEqual([[1, 0, 0, 0, 0, 0, 12, 0, -1]]);
  });
});

describe('who is connected', () => {
  test('stands in the rows by its right; who has only asked is not connected', () => {
    const { telemetry, clock, observer } = observed();
    telemetry.connected(1, 'none');
    telemetry.connected(2, 'certificate');
    telemetry.seen(3, 'token', 'http');
    clock.advance(1_000);
    expect(observer.observe().agencies.map((row) => [row[0], row[5], row[7], row[8]])).toEqual([
      [1, 1, 3, expect.any(Number)],
      [2, 1, 1, expect.any(Number)],
      [3, 0, 2, -1],
    ]);
  });

  test('or is the operator, or the auditor', () => {
    const { telemetry, clock, observer } = observed();
    expect(observer.state().figures.overseers).toEqual([]);
    telemetry.seen('operator', 'none', 'http');
    const leave = telemetry.connected('auditor', 'token');
    clock.advance(1_000);
    const atMs = expect.any(Number) as number;
    const operator = { party: 'operator', right: 'none', connections: 0, atMs };
    expect(observer.observe().figures.overseers).toEqual([
      operator,
      { party: 'auditor', right: 'token', connections: 1, atMs },
    ]);
    leave();
    expect(observer.observe().figures.overseers).toEqual([operator]);
  });

  test('and what expires soon is told with what is left', () => {
    const { telemetry, observer } = observed();
    const nowMs = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(nowMs);
    telemetry.watchCertificates(() => [
      { name: 'server', expiresAtMs: nowMs + 5_000 },
      { name: 'client CA', expiresAtMs: nowMs + 1e12 },
    ]);
    telemetry.connected(2, 'certificate', nowMs - 4);
    const change = observer.observe();
    jest.restoreAllMocks();
    expect(change.figures.expiring).toEqual([
      { name: 'agencies', urgency: 'expired', leftMs: -4, agencies: [2], count: 1 },
      { name: 'server', urgency: 'urgent', leftMs: 5_000, agencies: [], count: 1 },
    ]);
  });
});

describe('how far the draw is', () => {
  const seenAs = (drawView: Partial<DrawView>): Observer =>
    new Observer(watchedOf(newTelemetry(), new FakeClock(), { ...AWAITED, ...drawView }), IDENTITY);

  test('stands in the figures, and the deadline in the state', () => {
    expect(seenAs({}).state()).toMatchObject({
      figures: { progress: { phase: 'awaited', isOverdue: false } },
    });
    expect(seenAs({}).state()).not.toHaveProperty('deadline');
    const deadline = { action: 'draw', afterFirstFinishMs: 90_000 } as const;
    const waiting = seenAs({ deadline, phase: 'gated', gate: 'control', dueAtMs: 7.2, leftMs: 5.4 });
    expect(waiting.state()).toMatchObject({
      deadline,
      figures: {
        progress: { phase: 'gated', gate: 'control', isOverdue: false, dueAtMs: 7, leftMs: 5 },
      },
    });
    expect(readState(JSON.stringify(waiting.state()))).toBeDefined();
  });

  test('and when the round is due that is waited for, until it is known that it cannot be used', () => {
    const number = { from: 'drand', blocked: undefined, dueAtMs: 9_000 };
    const waiting = { phase: 'gated', gate: 'number', number, numberLeftMs: 2_000.4 } as const;
    const progressOf = (view: Partial<DrawView>) => seenAs({ ...waiting, ...view }).state().figures.progress;
    expect(progressOf({})).toMatchObject({ numberDueAtMs: 9_000, numberLeftMs: 2_000 });
    expect(progressOf({ phase: 'awaited', gate: undefined })).not.toHaveProperty('numberDueAtMs');
    expect(progressOf({ phase: 'searching' })).not.toHaveProperty('numberLeftMs');
    const blocked = { ...number, blocked: 'it came too late' };
    expect(progressOf({ number: blocked })).not.toHaveProperty('numberDueAtMs');
  });

  test('and when it was, how long it took and what was sold in the draw', () => {
    const telemetry = newTelemetry();
    const view = { ...AWAITED, phase: 'decided', decidedAtMs: 99.6, tookMs: 1.239 } as const;
    const observer = new Observer(watchedOf(telemetry, new FakeClock(), view), IDENTITY);
    telemetry.batchStored(1, 60, 4_000);
    telemetry.drawn({ ...COMPLETE, winnerNumber: 7_574, winners: new Map(), bets: 60 });
    expect(observer.observe().draw).toMatchObject({
      decidedAtMs: 100,
      tookMs: 1.24,
      sale: { bets: 60, durationMs: 0 },
    });
  });
});

describe('a state', () => {
  test('is what was last looked at, with what the ledger held before', () => {
    const terms = { agencies: 4, winnerNumber: 12 };
    const telemetry = new Telemetry(terms, {
      finishedAgencies: new Set([4]),
      firstFinishedAtMs: 1,
      closedWith: undefined,
      draw: undefined,
      batches: 9,
      bets: 900,
      sums: new Map([[2, { batches: 9, bets: 900 }]]),
    });
    const { observer } = observed(telemetry);
    telemetry.batchStored(1, 5, 50);
    const state = observer.state();
    expect(state).toMatchObject({ agencyCount: 4, winnerNumber: 12, hasAgencyList: true });
    expect(state).toMatchObject({ run: IDENTITY.run, server: { host: 'here', version: '1.2.3' } });
    expect(state.figures).toMatchObject({
      totalBets: 900,
      totalBatches: 9,
      finishedAgencies: 1,
      betsPerSecond: 0,
    });
    expect([...state.agencies].sort()).toEqual([
      [2, 9, 900, 0, 0, 0, -1, 0, -1],
      [4, 0, 0, 0, 1, 0, -1, 0, -1],
    ]);
  });

  test('has the history of the last ten minutes, and no more', () => {
    const { telemetry, clock, observer } = observed();
    for (let second = 0; second < HISTORY_SAMPLES + 50; second++) {
      telemetry.batchStored(1, 1, 1);
      clock.advance(1_000);
      observer.observe();
    }
    const { history, figures } = observer.state();
    expect(history.atMs).toHaveLength(HISTORY_SAMPLES);
    expect(history.bets.at(-1)).toBe(HISTORY_SAMPLES + 50);
    expect(history.bets[0]).toBe(51);
    expect(history.atMs.at(-1)).toBe(figures.atMs);
    expect(figures.atMs - history.atMs[0]!).toBe((HISTORY_SAMPLES - 1) * 1_000);
  });

  test('of too many agencies has only their totals', () => {
    const { telemetry, clock, observer } = observed(newTelemetry({ agencies: MAX_LISTED_AGENCIES + 1 }));
    telemetry.batchStored(7, 10, 100);
    telemetry.drawn({ ...COMPLETE, winnerNumber: 7_574, winners: new Map([[7, '1,2']]), bets: 10 });
    clock.advance(1_000);
    const change = observer.observe();
    expect(change.agencies).toEqual([]);
    expect(change.draw).toMatchObject({ winningBets: 2, winners: [] });
    expect(observer.state()).toMatchObject({
      hasAgencyList: false,
      agencies: [],
      figures: { totalBets: 10 },
    });
  });

  test('stays small with as many agencies as are listed', () => {
    const { telemetry, clock, observer } = observed(newTelemetry({ agencies: MAX_LISTED_AGENCIES }));
    for (let agency = 1; agency <= MAX_LISTED_AGENCIES; agency++) {
      for (let batch = 0; batch < 10; batch++) telemetry.batchStored(agency, 9_999, 400_000);
      telemetry.connected(agency, 'certificate', Date.now() + 1_000);
    }
    clock.advance(1_000);
    expect(JSON.stringify(observer.observe()).length).toBeLessThan(40_000);
    expect(JSON.stringify(observer.state()).length).toBeLessThan(60_000);
  });
});

test('a reader that comes at any time knows the same as one that was there from the start', () => {
  const agency = fc.integer({ min: 1, max: 3 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('store' as const), agency, bets: fc.integer({ min: 1, max: 9_999 }) }),
    fc.record({ kind: fc.constant('finish' as const), agency }),
    fc.record({ kind: fc.constant('draw' as const) }),
    fc.record({ kind: fc.constant('look' as const), afterMs: fc.integer({ min: 1, max: 3_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { telemetry, clock, observer } = observed();
      const fromStart = new Board(readState(JSON.stringify(observer.state()))!);
      for (const made of steps) {
        if (made.kind === 'store') telemetry.batchStored(made.agency, made.bets, made.bets * 40);
        else if (made.kind === 'finish') telemetry.agencyFinished(made.agency);
        else if (made.kind === 'draw')
          telemetry.drawn({ ...COMPLETE, winnerNumber: 7_574, winners: new Map([[2, '1,2']]), bets: 9 });
        else {
          clock.advance(made.afterMs);
          fromStart.apply(readChange(JSON.stringify(observer.observe()))!);
        }
      }
      const justCome = new Board(readState(JSON.stringify(observer.state()))!);
      expect(told(fromStart)).toEqual(told(justCome));
    }),
  );
});

function told(board: Board): unknown {
  const agencies = [1, 2, 3].map((agency) => [board.agency(agency), board.winnersOf(agency)]);
  return { figures: board.figures, phase: board.phase, agencies, plot: board.timeline.plot(600_000) };
}

test('a closed observer does not listen', () => {
  const { telemetry, observer } = observed();
  observer.close();
  telemetry.committed({ operations: 1, durationMs: 1 });
  expect(observer.observe().figures.commits.count).toBe(0);
});
