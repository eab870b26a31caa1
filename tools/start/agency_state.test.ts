import { AgencyState, readReport, totalExtent } from './agency_state';

const progress = {
  kind: 'progress',
  storedBets: 100,
  leftOutRows: 2,
  readBytes: 500,
  fileBytes: 1_000,
} as const;

describe('a message of an agency', () => {
  test('tells how far it is', () => {
    expect(readReport({ ...progress, more: true })).toEqual(progress);
  });

  test('may tell how many bets there are', () => {
    expect(readReport({ ...progress, totalBets: 200 })).toEqual({ ...progress, totalBets: 200 });
    expect(readReport({ ...progress, totalBets: 'many' })).toEqual(progress);
  });

  test('tells that the winners are known, and not who they are', () => {
    expect(readReport({ kind: 'winners', documents: ['1'], leftOutRows: 0 })).toEqual({ kind: 'winners' });
  });

  test.each([
    null,
    'progress',
    {},
    { kind: 'other' },
    { ...progress, storedBets: '100' },
    { ...progress, readBytes: -1 },
    { ...progress, fileBytes: Number.NaN },
    { kind: 'progress' },
  ])('%j is none', (message) => {
    expect(readReport(message)).toBeUndefined();
  });
});

describe('how far an agency is', () => {
  test('nothing is done before it tells something', () => {
    const nothing = { readBytes: 0, fileBytes: 1_000, storedBets: 0, betsPerSecond: 0 };
    expect(new AgencyState(1, 1_000).extent(0)).toEqual(nothing);
  });

  test('the rate is that of the time passed, and stays when the last bet is stored', () => {
    const state = new AgencyState(1, 1_000);
    state.take(progress, 1_000);
    expect(state.extent(2_000)).toEqual({
      readBytes: 500,
      fileBytes: 1_000,
      storedBets: 100,
      betsPerSecond: 50,
    });
    state.take({ ...progress, storedBets: 400, readBytes: 1_000 }, 4_000);
    state.take({ ...progress, storedBets: 400, readBytes: 1_000 }, 8_000);
    expect(state.extent(9_000).betsPerSecond).toBe(100);
    expect(state.lastStoredMs).toBe(4_000);
  });

  test('the file has its known size as long as the agency has not opened it', () => {
    const state = new AgencyState(1, 1_000);
    state.take({ ...progress, storedBets: 0, readBytes: 0, fileBytes: 0 }, 10);
    expect(state.extent(10).fileBytes).toBe(1_000);
  });

  test('what was read stays read when the file is closed', () => {
    const state = new AgencyState(1, 1_000);
    state.take({ ...progress, readBytes: 1_000 }, 10);
    state.take({ ...progress, readBytes: 0, fileBytes: 0 }, 20);
    expect(state.extent(20)).toMatchObject({ readBytes: 1_000, fileBytes: 1_000 });
  });

  test('how many bets there are is known as soon as it is told', () => {
    const state = new AgencyState(1, 1_000);
    state.take({ ...progress, totalBets: 200 }, 10);
    expect(state.extent(10).totalBets).toBe(200);
  });

  test('nothing more is to come after its FIN and two reports', () => {
    const state = new AgencyState(1, 1_000);
    state.take(progress, 1);
    state.take(progress, 2);
    expect([state.isFinished, state.hasToldAll]).toEqual([false, false]);
    state.finished();
    state.take(progress, 3);
    expect([state.isFinished, state.hasToldAll]).toEqual([true, false]);
    state.take(progress, 4);
    state.finished();
    expect([state.isFinished, state.hasToldAll]).toEqual([true, true]);
  });

  test('why it has failed is known once', () => {
    const state = new AgencyState(1, 1_000);
    expect(state.failure).toBeUndefined();
    state.failed('its file');
    state.failed('it was stopped');
    expect(state.failure).toBe('its file');
  });

  test('the winners are known once', () => {
    const state = new AgencyState(1, 1_000);
    expect(state.wonMs).toBeUndefined();
    state.take({ kind: 'winners' }, 5);
    state.won(7);
    expect(state.wonMs).toBe(5);
  });

  test('several are added up', () => {
    const states = [new AgencyState(1, 1_000), new AgencyState(2, 3_000)];
    states[0]?.take(progress, 100);
    states[1]?.take(progress, 100);
    expect(totalExtent(states, 1_000)).toEqual({
      readBytes: 1_000,
      fileBytes: 2_000,
      storedBets: 200,
      betsPerSecond: 200,
    });
  });

  test('the bets of several are known when those of each are that has not failed', () => {
    const states = [1, 2, 3].map((agency) => new AgencyState(agency, 1_000));
    states[0]?.take({ ...progress, totalBets: 300 }, 100);
    states[2]?.take(progress, 100);
    expect(totalExtent(states, 1_000).totalBets).toBeUndefined();
    states[1]?.take({ ...progress, totalBets: 500 }, 100);
    states[2]?.failed('its file');
    expect(totalExtent(states, 1_000).totalBets).toBe(900);
  });
});
