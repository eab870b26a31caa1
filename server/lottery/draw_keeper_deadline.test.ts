import { DrawDeadline } from '../ledger/draw';
import { LedgerState } from '../ledger/ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { batchOf } from '../testing/bets';
import { settled } from '../testing/settled';
import { Lottery } from './lottery';
import { LotteryContext } from './lottery_context';
import { LotteryRig, TERMS, RETRY_MS, ids, winners } from './testing/lottery_rig';

let rig = new LotteryRig();
beforeEach(() => (rig = new LotteryRig()));

describe('the deadline', () => {
  let wallMs = 5_000_000;
  const advance = (milliseconds: number): void => {
    wallMs += milliseconds;
    rig.clock.advance(milliseconds);
  };

  function openWith(
    deadline: DrawDeadline,
    openedWith: Partial<LedgerState> = {},
    more: Partial<LotteryContext> = {},
  ) {
    const ledger = new HeldLedger(TERMS, openedWith, () => wallMs);
    return { ledger, lottery: rig.openOver(ledger, { deadline, wallTimeMs: () => wallMs, ...more }) };
  }

  async function finish(lottery: Lottery, ledger: HeldLedger, agency: number): Promise<void> {
    const finished = lottery.finish(agency);
    ledger.answerAll();
    await finished;
  }

  test('counts from the first FIN', async () => {
    const { ledger, lottery } = openWith({ action: 'draw', afterFirstFinishMs: 60_000 });
    advance(1_000_000);
    await finish(lottery, ledger, 2);
    advance(50_000);
    await finish(lottery, ledger, 1);
    advance(9_999);
    expect(ledger.calls).toEqual([]);
    advance(1);
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    await ledger.answerOn();
    expect(await winners(lottery, 3)).toBe('');
    expect(rig.log.of('sorteo', 'success')).toEqual([
      'action: sorteo | result: success | bets: 0 | cant_ganadores: 0 | missing: 3',
    ]);
  });

  test('is a time of day', () => {
    const { ledger } = openWith({ action: 'draw', atMs: wallMs + 60_000 });
    advance(59_999);
    expect(ledger.calls).toEqual([]);
    advance(1);
    expect(ledger.calls).toHaveLength(1);
  });

  test('further away than a timer reaches is kept', () => {
    const days = 24 * 3_600_000;
    const { ledger } = openWith({ action: 'draw', atMs: wallMs + 60 * days });
    for (let day = 0; day < 59; day++) advance(days);
    expect(ledger.calls).toEqual([]);
    advance(days);
    expect(ledger.calls).toHaveLength(1);
  });

  test('that has passed at opening draws at once, from the FIN that the ledger knows', () => {
    const deadline = { action: 'draw', afterFirstFinishMs: 1_000 } as const;
    expect(
      openWith(deadline, { finishedAgencies: new Set([1]), firstFinishedAtMs: wallMs - 999 }).ledger.calls,
    ).toEqual([]);
    const late = openWith(deadline, { finishedAgencies: new Set([1]), firstFinishedAtMs: wallMs - 1_000 });
    expect(late.ledger.calls).toHaveLength(1);
  });

  test('is of no concern when all have finished before', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', afterFirstFinishMs: 60_000 });
    for (const agency of ids) await finish(lottery, ledger, agency);
    await ledger.answerOn();
    expect(await winners(lottery, 1)).toBe('');
    advance(120_000);
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(rig.clock.timerCount).toBe(0);
    for (const action of ['sorteo', 'hold_draw']) expect(rig.log.of(action, 'fail')).toEqual([]);
  });

  test('that calls the draw off leaves no winners, only the reason', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1 });
    const asked = winners(lottery, 1);
    asked.catch(() => undefined);
    advance(1);
    await ledger.answerOn();
    const refusal = { code: 'closed', message: 'the draw was called off, agencies missing: 1, 2, 3' };
    await expect(asked).rejects.toMatchObject(refusal);
    await expect(winners(lottery, 2)).rejects.toMatchObject(refusal);
    expect(rig.log.of('sorteo', 'success')).toEqual([]);
    expect(rig.log.of('sorteo', 'fail')).toHaveLength(1);
  });

  test('is given up by close', () => {
    const { ledger, lottery } = openWith({ action: 'draw', atMs: wallMs + 1_000 });
    lottery.close();
    advance(10_000);
    expect(ledger.calls).toEqual([]);
    expect(rig.clock.timerCount).toBe(0);
  });

  test('does not miss an agency whose FIN is stored before the draw', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1_000 });
    await finish(lottery, ledger, 1);
    await finish(lottery, ledger, 2);
    const last = lottery.finish(3);
    advance(1_000);
    ledger.answerAll();
    await last;
    await ledger.answerOn();
    expect(await winners(lottery, 3)).toBe('');
  });

  test('stores no batch that comes after it, also when the ledger could not take the close at first', async () => {
    const { ledger, lottery } = openWith({ action: 'draw', atMs: wallMs + 1_000 });
    advance(1_000);
    for (let batchId = 1; batchId <= 3; batchId++) {
      ledger.rejectAll();
      await settled();
      lottery.place(batchOf(1, batchId)).catch(() => undefined);
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale', 'place']);
    }
    expect(rig.log.of('sorteo')).toEqual([]);
    expect(rig.log.of('hold_draw', 'fail')).toHaveLength(1);
    await ledger.answerOn();
    const late = lottery.place(batchOf(1, 4));
    ledger.answerAll();
    await expect(late).rejects.toMatchObject({ code: 'closed' });
    expect((await lottery.drawNow()).draw?.bets).toBe(0);
  });

  test('a draw that failed at the deadline is complete if all have finished since', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1_000 });
    advance(1_000);
    ledger.rejectAll();
    await settled();
    for (const agency of ids) await finish(lottery, ledger, agency);
    advance(RETRY_MS);
    await ledger.answerOn();
    expect(await winners(lottery, 1)).toBe('');
  });

  const HOUR_MS = 3_600_000;
  const kinds = (ledger: HeldLedger): string[] => ledger.calls.map(({ kind }) => kind);

  test('that has passed more than an hour ago is not acted on, and says how to confirm it', async () => {
    const deadline = { action: 'draw', atMs: wallMs - HOUR_MS - 1 } as const;
    const { ledger, lottery } = openWith(deadline, { bets: 1 });
    const placed = lottery.place(batchOf(1, 1));
    expect(kinds(ledger)).toEqual(['place']);
    ledger.answerAll();
    expect(await placed).toBe('stored');
    advance(600_000);
    expect(kinds(ledger)).toEqual([]);
    expect([...rig.log.of('sorteo'), ...rig.log.of('hold_draw')]).toEqual([]);
    expect(rig.log.of('deadline')).toEqual([
      expect.stringMatching(/passed more than an hour ago .*DRAW_DEADLINE_OVERDUE = act/),
    ]);
    for (const agency of ids) await finish(lottery, ledger, agency);
    await ledger.answerOn();
    expect(rig.log.of('sorteo', 'success')).toEqual([
      'action: sorteo | result: success | bets: 1 | cant_ganadores: 0',
    ]);
  });

  test('that has passed more than an hour ago is acted on when the operator confirms it', () => {
    const deadline = { action: 'draw', atMs: wallMs - HOUR_MS - 1 } as const;
    const { ledger } = openWith(deadline, { bets: 1 }, { actsOnOverdue: true });
    expect(kinds(ledger)).toEqual(['close-sale']);
    expect(rig.log.of('deadline')).toEqual([]);
  });

  test('is acted on when a clock that was ahead is set right and it comes', () => {
    const { ledger } = openWith({ action: 'draw', atMs: wallMs - 2 * HOUR_MS });
    wallMs -= 3 * HOUR_MS;
    advance(HOUR_MS - 1);
    expect(kinds(ledger)).toEqual([]);
    for (let minute = 0; minute < 2; minute++) advance(30_000);
    expect(kinds(ledger)).toEqual(['close-sale']);
  });

  test('is found within half a minute when the clock is stepped', () => {
    const { ledger } = openWith({ action: 'draw', atMs: wallMs + 10 * HOUR_MS });
    wallMs += 10 * HOUR_MS;
    advance(29_999);
    expect(kinds(ledger)).toEqual([]);
    advance(1);
    expect(kinds(ledger)).toEqual(['close-sale']);
  });

  test('closes the sale before a batch that comes after it, though no timer has fired', async () => {
    const { ledger, lottery } = openWith({ action: 'draw', atMs: wallMs + 20_000 });
    wallMs += 20_000;
    const placed = lottery.place(batchOf(1, 1));
    expect(kinds(ledger)).toEqual(['close-sale', 'place']);
    ledger.answerAll();
    await expect(placed).rejects.toMatchObject({ code: 'closed' });
  });

  test('whose close the storage says is not due is asked for again in its time', async () => {
    const { ledger } = openWith({ action: 'draw', atMs: wallMs + 1_000 });
    const submit = jest.spyOn(ledger, 'submit').mockResolvedValue({ outcome: 'not-due', dueInMs: 5_000 });
    advance(1_000);
    await settled();
    expect(submit).toHaveBeenCalledTimes(1);
    advance(4_999);
    expect(submit).toHaveBeenCalledTimes(1);
    advance(1);
    expect(submit).toHaveBeenCalledTimes(2);
    expect([...rig.log.of('sorteo'), ...rig.log.of('hold_draw')]).toEqual([]);
  });

  test('that the storage could not take for an hour is still acted on', async () => {
    const { ledger } = openWith({ action: 'draw', atMs: wallMs + 1_000 });
    advance(1_000);
    for (let minute = 0; minute < 90; minute++) {
      ledger.rejectAll();
      await settled();
      advance(60_000);
    }
    expect(kinds(ledger)).toEqual(['close-sale']);
    expect(rig.log.of('deadline')).toEqual([]);
  });
});
