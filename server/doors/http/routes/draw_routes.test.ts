import { FakeClock } from '../../../../program/testing/fake_clock';
import { DrawDeadline } from '../../../ledger/draw';
import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { settled } from '../../../testing/settled';
import { closeDoors, CSV_LINE, OpenDoor, TERMS } from '../testing/open_door';
import { until } from '../testing/until';

afterEach(closeDoors);

describe('the draw', () => {
  test('is awaited, then drawn, in sums', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE + CSV_LINE);
    const before = { state: 'awaited', phase: 'awaited', bets: null, winners: [] };
    const always = { winner_number: 7574, agencies: 3, missing_agencies: [], deadline: null };
    expect((await door.ask('GET', '/draw')).json).toEqual({ ...always, ...before });
    await door.finish();
    expect((await door.ask('GET', '/draw')).json).toEqual({
      ...always,
      state: 'drawn',
      phase: 'decided',
      bets: 2,
      winners: [{ agency: 2, count: 2 }],
    });
    expect(door.lines.filter((line) => line.startsWith('GET'))).toEqual([
      'GET,/draw,200,0',
      'GET,/draw,200,0',
    ]);
  });

  test('has winners for those who ask after it', async () => {
    const door = await OpenDoor.open();
    await door.putCsv(2, 1, CSV_LINE);
    expect(await door.ask('GET', '/agencies/2/winners')).toMatchObject({
      status: 409,
      json: { code: 'not-drawn' },
    });
    await door.finish();
    for (let round = 0; round < 2; round++) {
      const answer = await door.ask('GET', '/agencies/2/winners', { headers: { 'request-id': 'w' } });
      expect(answer).toMatchObject({ status: 200, json: { agency: 2, winners: ['31204458'] } });
    }
    expect((await door.ask('GET', '/agencies/1/winners')).json).toEqual({ agency: 1, winners: [] });
    expect(door.lines.filter((line) => line.includes('/winners'))).toEqual([
      'GET,/agencies/2/winners,409,0',
      'GET,/agencies/2/winners,200,w',
      'GET,/agencies/2/winners,200,w',
      'GET,/agencies/1/winners,200,0',
    ]);
  });

  test('is waited for as long as a request says', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock });
    const short = door.ask('GET', '/agencies/1/winners?wait=5');
    const long = door.ask('GET', '/agencies/1/winners?wait=300');
    await until(() => clock.timerCount >= 2);
    clock.advance(5_000);
    expect((await short).status).toBe(409);
    await door.finish();
    expect((await long).status).toBe(200);
    expect(door.lines.filter((line) => line.includes('/winners'))).toEqual([
      'GET,/agencies/1/winners,409,0',
      'GET,/agencies/1/winners,200,0',
    ]);
  });

  test.each(['?wait=301', '?wait=-1', '?wait=1.5', '?wait', '?wait=x', '?wait=1&wait=1'])(
    'is not waited for with %s',
    async (query) => {
      const door = await OpenDoor.open();
      expect((await door.ask('GET', `/agencies/1/winners${query}`)).status).toBe(400);
      expect(door.lines).toEqual(['GET,/agencies/1/winners,400,0']);
    },
  );

  test('is waited for by so many at once', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock, limits: { maxWaitingRequests: 1 } });
    const waiting = door.ask('GET', '/agencies/1/winners?wait=10');
    await until(() => clock.timerCount > 0);
    const other = await door.ask('GET', '/agencies/2/winners?wait=10');
    expect(other).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(other.headers['retry-after']).toBe('1');
    clock.advance(10_000);
    expect((await waiting).status).toBe(409);
    expect(door.lines).toEqual(['GET,/agencies/1/winners,409,0']);
  });

  test('is no longer waited for when the client goes away', async () => {
    const clock = new FakeClock();
    const door = await OpenDoor.open({ clock, limits: { maxWaitingRequests: 1, tickMs: 10 } });
    const gone = new AbortController();
    const waiting = door.ask('GET', '/agencies/1/winners?wait=10', { signal: gone.signal });
    await until(() => clock.timerCount > 0);
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await until(() => clock.timerCount === 0);
    expect((await door.ask('GET', '/agencies/1/winners')).status).toBe(409);
    expect(door.lines).toHaveLength(1);
  });

  test('that was called off has no winners', async () => {
    const draw = {
      winnerNumber: undefined,
      winners: new Map(),
      bets: 0,
      missingAgencies: [2, 3],
      isCalledOff: true,
    };
    const ledger = new HeldLedger(TERMS, { draw });
    const door = await OpenDoor.open({ ledger });
    expect((await door.ask('GET', '/draw')).json).toMatchObject({
      state: 'called-off',
      winner_number: null,
      bets: 0,
      missing_agencies: [2, 3],
    });
    const answer = await door.ask('GET', '/agencies/1/winners?wait=10');
    expect(answer).toMatchObject({ status: 410, json: { code: 'closed' } });
  });

  test('that is being held is not waited for without end', async () => {
    const clock = new FakeClock();
    const ledger = new HeldLedger(TERMS);
    const door = await OpenDoor.open({ clock, ledger });
    for (const agency of [1, 2, 3]) {
      const finishing = door.lottery.finish(agency);
      ledger.answerAll();
      await finishing;
    }
    const asking = door.ask('GET', '/draw');
    await until(() => clock.timerCount > 0);
    await settled();
    clock.advance(30_000);
    expect(await asking).toMatchObject({ status: 503, json: { code: 'unavailable' } });
  });

  describe('with a deadline', () => {
    const atMs = Date.parse('2026-12-22T09:00:00Z');
    const openWith = (deadline: DrawDeadline, wallMs: () => number, ledger?: HeldLedger): Promise<OpenDoor> =>
      OpenDoor.open({
        clock: new FakeClock(),
        lottery: { deadline, wallTimeMs: wallMs },
        ...(ledger && { ledger }),
      });
    const drawOf = async (door: OpenDoor): Promise<unknown> => (await door.ask('GET', '/draw')).json;

    test('at a time has it, and what is left', async () => {
      const door = await openWith({ action: 'call-off', atMs }, () => atMs - 90_400);
      expect(await drawOf(door)).toMatchObject({
        state: 'awaited',
        phase: 'awaited',
        deadline: {
          action: 'call-off',
          at: '2026-12-22T09:00:00.000Z',
          seconds_after_first_finish: null,
          seconds_left: 91,
        },
      });
    });

    test('that counts from the first FIN has it from then on, and none after the draw', async () => {
      let wallMs = atMs;
      const ledger = new HeldLedger(TERMS, {}, () => wallMs);
      const door = await openWith({ action: 'draw', afterFirstFinishMs: 1_500 }, () => wallMs, ledger);
      const deadline = { action: 'draw', at: null, seconds_after_first_finish: 1.5, seconds_left: null };
      expect(await drawOf(door)).toMatchObject({ deadline });
      const finish = async (agency: number): Promise<void> => {
        const finishing = door.lottery.finish(agency);
        ledger.answerAll();
        await finishing;
      };
      await finish(2);
      const at = '2026-12-22T09:00:01.500Z';
      expect(await drawOf(door)).toMatchObject({ deadline: { ...deadline, at, seconds_left: 2 } });
      wallMs += 1_000;
      expect(await drawOf(door)).toMatchObject({ deadline: { ...deadline, at, seconds_left: 1 } });
      await finish(1);
      await finish(3);
      await ledger.answerOn();
      expect(await drawOf(door)).toMatchObject({ state: 'drawn', phase: 'decided', deadline: null });
    });

    test('long past says that it waits for an operator', async () => {
      const ledger = new HeldLedger(TERMS, { bets: 1 });
      const door = await openWith({ action: 'draw', atMs }, () => atMs + 2 * 3_600_000, ledger);
      expect(await drawOf(door)).toMatchObject({
        state: 'awaited',
        phase: 'overdue',
        deadline: { seconds_left: -7_200 },
      });
    });

    test('whose close the storage could not take says that it is tried again', async () => {
      const ledger = new HeldLedger(TERMS);
      const door = await openWith({ action: 'draw', atMs }, () => atMs + 1, ledger);
      expect(await drawOf(door)).toMatchObject({ state: 'awaited', phase: 'awaited' });
      ledger.rejectAll();
      await settled();
      expect(await drawOf(door)).toMatchObject({ state: 'awaited', phase: 'retrying' });
    });
  });
});
