import { ProtocolError } from '../../protocol/error_codes';
import { LedgerCalls } from '../ledger/testing/ledger_calls';
import { batchOf } from '../testing/bets';
import { settled } from '../testing/settled';
import { LotteryRig, TERMS, RETRY_MS, WINNING, ids, winners, finishAll } from './testing/lottery_rig';

const UNKNOWN = { name: 'ProtocolError', code: 'unknown-agency' };

let rig = new LotteryRig();
beforeEach(() => (rig = new LotteryRig()));

describe('an agency that is unknown', () => {
  test.each([0, 4, Number.MAX_SAFE_INTEGER])('%d is refused everything', async (agency) => {
    const { lottery, ledger } = rig.openLottery();
    await expect(lottery.finish(agency)).rejects.toMatchObject({ ...UNKNOWN, batchId: 0 });
    await expect(winners(lottery, agency)).rejects.toMatchObject(UNKNOWN);
    await expect(lottery.standing(agency)).rejects.toMatchObject(UNKNOWN);
    expect((await new LedgerCalls(ledger, TERMS.winnerNumber).draw()).bets).toBe(0);
  });

  test('is refused its batch, whose id is named', async () => {
    const { lottery, ledger } = rig.openLottery();
    await expect(lottery.place(batchOf(4, 9))).rejects.toMatchObject({ ...UNKNOWN, batchId: 9 });
    expect(await new LedgerCalls(ledger, TERMS.winnerNumber).standing(4)).toMatchObject({ bets: 0 });
  });
});

describe('place', () => {
  test('takes a batch, and the same again', async () => {
    const { lottery } = rig.openLottery();
    await lottery.place(batchOf(1, 1, [{}, {}]));
    await lottery.place(batchOf(1, 1, [{}, {}]));
    expect(await lottery.standing(1)).toMatchObject({ bets: 2 });
    expect(rig.log.of('apuesta_recibida')).toEqual([
      'action: apuesta_recibida | result: success | agency: 1 | batch: 1 | cantidad: 2',
    ]);
  });

  test('all bets are told before the draw', async () => {
    const { lottery } = rig.openLottery();
    for (let batch = 1; batch <= 30; batch++) await lottery.place(batchOf(1, batch));
    await finishAll(lottery);
    await lottery.drawn;
    const told = rig.log.records.filter(({ action }) => /^(apuesta_recibida|sorteo)$/.test(action));
    expect(told).toHaveLength(11);
    expect(told.slice(-2)).toMatchObject([{ details: { batches: 21, cantidad: 21 } }, { action: 'sorteo' }]);
  });

  test('refuses other bets under a known id, and new ones after a FIN', async () => {
    const { lottery } = rig.openLottery();
    await lottery.place(batchOf(1, 1));
    await expect(lottery.place(batchOf(1, 1, [{ id: 2 }]))).rejects.toMatchObject({
      code: 'batch-conflict',
      batchId: 1,
    });
    await lottery.finish(1);
    await expect(lottery.place(batchOf(1, 2))).rejects.toMatchObject({ code: 'closed', batchId: 2 });
    await lottery.place(batchOf(1, 1));
  });

  test('is unavailable while the storage is', async () => {
    const { lottery, ledger } = rig.openHeld();
    const calls = [lottery.place(batchOf(1, 3)), lottery.finish(1), lottery.standing(1)];
    ledger.rejectAll();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as unknown))).toEqual([
      new ProtocolError('unavailable', 'the store cannot take it now: try again later', 3),
      ...Array<unknown>(2).fill(
        new ProtocolError('unavailable', 'the store cannot take it now: try again later'),
      ),
    ]);
    expect(rig.log.events.filter((event) => event.includes('success'))).toEqual([]);
  });
});

describe('close', () => {
  test('calls the next try off', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids) });
    ledger.rejectAll();
    await settled();
    lottery.close();
    rig.clock.advance(10 * RETRY_MS);
    expect(ledger.calls).toEqual([]);
  });

  test('starts no draw afterwards', async () => {
    const { lottery, ledger } = rig.openHeld();
    const finishing = ids.map((agency) => lottery.finish(agency));
    lottery.close();
    ledger.answerAll();
    await Promise.all(finishing);
    expect(ledger.calls).toEqual([]);
  });

  test('a draw that fails afterwards is not tried again, and is no failure', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids) });
    lottery.close();
    ledger.rejectAll();
    await settled();
    expect(rig.clock.timerCount).toBe(0);
    for (const action of ['sorteo', 'hold_draw']) expect(rig.log.of(action, 'fail')).toEqual([]);
  });
});

describe('the log', () => {
  test('tells a FIN, and repeated ones at most once a second', async () => {
    const { lottery } = rig.openLottery();
    for (let round = 0; round < 5; round++) await lottery.finish(1);
    rig.clock.advance(1_000);
    await lottery.finish(1);
    expect(rig.log.of('receive_fin')).toEqual([
      'action: receive_fin | result: success | agency: 1 | finished: 1 | agencies: 3',
      'action: receive_fin | result: success | agency: 1 | finished: 1 | agencies: 3 | more: 4',
    ]);
  });

  test('holds no name and no document', async () => {
    const { lottery } = rig.openLottery();
    await lottery.place(batchOf(1, 1, WINNING));
    await lottery.place(batchOf(1, 1)).catch(() => undefined);
    await finishAll(lottery);
    await winners(lottery, 1);
    expect(rig.log.events.join('\n')).not.toMatch(/Ana|Paz|21689196/);
  });
});

describe('a FIN and its winners', () => {
  test('are one call, told when the FIN is stored', async () => {
    const { ledger, lottery } = rig.openHeld({ finishedAgencies: new Set([2, 3]) });
    let isFinished = false;
    const won = lottery.finishAndAwaitWinners(1, () => (isFinished = true), new AbortController().signal);
    expect(isFinished).toBe(false);
    ledger.answerAll();
    await settled();
    expect(isFinished).toBe(true);
    await ledger.answerOn();
    expect(await won).toBe('');
    expect(ledger.auditLines.at(-1)).toBe('GET,/agencies/1/winners,200,0');
  });

  test('that nobody waits for any more leave no line', async () => {
    const { ledger, lottery } = rig.openHeld();
    const signal = new AbortController();
    const won = lottery.finishAndAwaitWinners(1, () => undefined, signal.signal);
    ledger.answerAll();
    await settled();
    signal.abort();
    await expect(won).rejects.toMatchObject({ code: 'unavailable' });
    for (const agency of [2, 3]) void lottery.finish(agency);
    await ledger.answerOn();
    expect(ledger.auditLines.filter((line) => line.startsWith('GET'))).toEqual([]);
  });
});
