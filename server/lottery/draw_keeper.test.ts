import { COMPLETE } from '../ledger/draw';
import { LedgerDamaged, LedgerUnavailable } from '../ledger/ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { batchOf } from '../testing/bets';
import { isPending, settled } from '../testing/settled';
import { LotteryRig, TERMS, RETRY_MS, WINNING, ids, winners, finishAll } from './testing/lottery_rig';

let rig = new LotteryRig();
beforeEach(() => (rig = new LotteryRig()));

describe('the draw', () => {
  test('runs once, at the last FIN and not before', async () => {
    const { lottery, ledger } = rig.openHeld();
    for (const agency of ids) {
      expect(ledger.calls).toHaveLength(0);
      const finished = lottery.finish(agency);
      ledger.answerAll();
      await finished;
    }
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    const repeated = lottery.finish(2);
    await ledger.answerOn();
    await repeated;
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(rig.log.of('hold_draw')).toEqual(['action: hold_draw | result: in_progress | agencies: 3']);
    expect(rig.log.of('sorteo')).toEqual(['action: sorteo | result: success | bets: 0 | cant_ganadores: 0']);
  });

  test('does not run when one agency finishes again and again', async () => {
    const { lottery } = rig.openLottery();
    for (let round = 0; round < 5; round++) await lottery.finish(1);
    expect(await isPending(winners(lottery, 1))).toBe(true);
    expect([...rig.log.of('sorteo'), ...rig.log.of('hold_draw')]).toEqual([]);
  });

  test('gives each agency its winners, whenever it asks', async () => {
    const { lottery } = rig.openLottery();
    const early = ids.map((agency) => winners(lottery, agency));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    expect(await Promise.all(early)).toEqual(['21689196,7', '', '']);
    expect(await Promise.all(ids.map((agency) => winners(lottery, agency)))).toEqual(['21689196,7', '', '']);
  });

  test('is told exactly once, before anybody gets winners', async () => {
    const { lottery } = rig.openLottery();
    const order: string[] = [];
    rig.log.onEvent = (event) => {
      if (/^action: (sorteo|hold_draw)/.test(event)) order.push(event);
    };
    const asked = ids.map((agency) => winners(lottery, agency).then(() => order.push(`winners ${agency}`)));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    await Promise.all(asked);
    await finishAll(lottery);
    await winners(lottery, 1);
    expect(order).toEqual([
      'action: hold_draw | result: in_progress | agencies: 3',
      'action: sorteo | result: success | bets: 3 | cant_ganadores: 2',
      ...ids.map((agency) => `winners ${agency}`),
    ]);
  });

  test('that is due at opening runs', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids) });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    await ledger.answerOn();
    expect(await winners(lottery, 2)).toBe('');
    expect(rig.log.of('sorteo', 'success')).toHaveLength(1);
  });

  test('that had run at opening is not run and not told again', async () => {
    const draw = { ...COMPLETE, winnerNumber: TERMS.winnerNumber, winners: new Map([[2, '5,6']]), bets: 9 };
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids), draw });
    expect(await winners(lottery, 2)).toBe('5,6');
    expect(await winners(lottery, 1)).toBe('');
    void lottery.finish(1);
    ledger.answerAll();
    await settled();
    expect(ledger.calls).toEqual([]);
    expect([...rig.log.of('sorteo'), ...rig.log.of('hold_draw')]).toEqual([]);
  });

  test('that the storage cannot take is tried again after a second, until it can', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids) });
    const asked = winners(lottery, 1);
    for (let round = 0; round < 3; round++) {
      ledger.rejectAll();
      await settled();
      expect(ledger.calls).toEqual([]);
      rig.clock.advance(RETRY_MS - 1);
      expect(ledger.calls).toEqual([]);
      rig.clock.advance(1);
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    }
    expect(await isPending(asked)).toBe(true);
    await ledger.answerOn();
    expect(await asked).toBe('');
    expect(rig.log.of('hold_draw', 'fail')).toHaveLength(3);
    expect(rig.log.of('sorteo')).toEqual(['action: sorteo | result: success | bets: 0 | cant_ganadores: 0']);
  });

  test('of a sale that was closed before is tried again, though no setting asks for it', async () => {
    const closedWith = { missingAgencies: [3], isCalledOff: false };
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set([1, 2]), closedWith });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['find-winners']);
      ledger.rejectAll();
      await settled();
      rig.clock.advance(RETRY_MS);
    }
    await ledger.answerOn();
    expect(await lottery.drawn).toMatchObject(closedWith);
  });

  test('that failed is not started by a FIN before its time', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set(ids) });
    ledger.rejectAll();
    await settled();
    void lottery.finish(1);
    ledger.answerAll();
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(rig.clock.timerCount).toBe(1);
  });
});

describe('a sale that was closed before the opening', () => {
  const closedWith = { missingAgencies: [3], isCalledOff: false };

  test('is drawn with the terms of its close, whatever has been set or has finished since', async () => {
    const { lottery, ledger } = rig.openHeld({ finishedAgencies: new Set([1, 2]), closedWith });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['find-winners']);
    const finished = lottery.finish(3);
    await ledger.answerOn();
    await finished;
    expect(await lottery.drawn).toMatchObject({ ...closedWith, winnerNumber: TERMS.winnerNumber });
    expect(rig.log.of('hold_draw')).toEqual([
      'action: hold_draw | result: in_progress | agencies: 3 | missing: 3 | resumed: the sale was closed before',
    ]);
    expect(rig.log.of('sorteo')).toEqual([
      'action: sorteo | result: success | bets: 0 | cant_ganadores: 0 | missing: 3',
    ]);
  });

  test('is called off where its close says so', async () => {
    const { lottery, ledger } = rig.openHeld({ closedWith: { missingAgencies: [2], isCalledOff: true } });
    await settled();
    await ledger.answerOn();
    expect(await lottery.drawn).toMatchObject({ isCalledOff: true, winnerNumber: undefined });
    expect(rig.log.of('sorteo', 'fail')).toHaveLength(1);
  });
});

describe('gates', () => {
  test('are passed in their order before the search', async () => {
    const passed: string[] = [];
    let open: () => void = () => undefined;
    const gates = (['seal', 'control'] as const).map((name) => ({
      name,
      pass: async (): Promise<void> => {
        passed.push(name);
        if (name === 'control') await new Promise<void>((resolve) => (open = resolve));
      },
    }));
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids) });
    const lottery = rig.openOver(ledger, { gates });
    await ledger.answerOn();
    expect(passed).toEqual(['seal', 'control']);
    expect(ledger.calls).toEqual([]);
    open();
    await settled();
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['find-winners']);
    await ledger.answerOn();
    expect(lottery.hasDrawn).toBe(true);
  });

  test('that cannot be told now are tried again later', async () => {
    let tries = 0;
    const pass = (): Promise<void> =>
      ++tries === 1 ? Promise.reject(new LedgerUnavailable('out of reach')) : Promise.resolve();
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids) });
    const lottery = rig.openOver(ledger, { gates: [{ name: 'seal', pass }] });
    await ledger.answerOn();
    rig.clock.advance(RETRY_MS);
    await settled();
    await ledger.answerOn();
    expect(lottery.hasDrawn).toBe(true);
    expect(tries).toBe(2);
  });
});

describe('gates before the announcement', () => {
  /** A gate that is opened by hand. */
  function heldGate() {
    let open: () => void = () => undefined;
    const passed: (number | undefined)[] = [];
    const pass = async ({ winnerNumber }: { winnerNumber: number | undefined }): Promise<boolean> => {
      passed.push(winnerNumber);
      await new Promise<void>((resolve) => (open = resolve));
      return true;
    };
    return { gate: { name: 'control' as const, pass }, passed, open: () => open() };
  }

  test('are waited for with the result stored, and nobody is told', async () => {
    const { gate, passed, open } = heldGate();
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids) });
    const lottery = rig.openOver(ledger, { announcingGates: [gate] });
    for (let step = 0; step < 3; step++) await ledger.answerOn();
    expect(passed).toEqual([TERMS.winnerNumber]);
    expect(lottery.hasDrawn).toBe(false);
    expect(lottery.drawView).toMatchObject({ phase: 'announcing', gate: 'control' });
    expect(rig.log.of('sorteo')).toEqual([]);
    open();
    await settled();
    expect(lottery.hasDrawn).toBe(true);
    expect(rig.log.of('sorteo')).toHaveLength(1);
  });

  test('are waited for again where a start finds the result', async () => {
    const { gate, open } = heldGate();
    const draw = { ...COMPLETE, winnerNumber: TERMS.winnerNumber, winners: new Map(), bets: 0 };
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids), draw });
    const lottery = rig.openOver(ledger, { announcingGates: [gate] });
    await settled();
    expect([lottery.hasDrawn, lottery.drawView.phase]).toEqual([false, 'announcing']);
    open();
    await settled();
    expect([lottery.hasDrawn, lottery.drawView.phase]).toEqual([true, 'decided']);
    // Whoever stored it had not come to tell it.
    expect(rig.log.of('sorteo')).toHaveLength(1);
  });

  test('are open where a start finds a result that was announced, which is not told again', async () => {
    const gate = { name: 'control' as const, pass: () => Promise.resolve(false) };
    const draw = { ...COMPLETE, winnerNumber: TERMS.winnerNumber, winners: new Map(), bets: 0 };
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids), draw });
    const lottery = rig.openOver(ledger, { announcingGates: [gate] });
    await settled();
    expect([lottery.hasDrawn, lottery.drawView.phase]).toEqual([true, 'decided']);
    expect(rig.log.of('sorteo')).toEqual([]);
  });
});

test('a ledger that is found damaged at the draw is of no more use', async () => {
  const { ledger, lottery } = rig.openHeld({ finishedAgencies: new Set(ids) });
  ledger.answerAll();
  await settled();
  ledger.rejectAll(new LedgerDamaged('segment 1 is not what was stored'));
  await settled();
  expect(rig.broken.map(({ message }) => message)).toEqual([
    'the ledger is damaged: segment 1 is not what was stored',
  ]);
  rig.clock.advance(10 * RETRY_MS);
  expect(ledger.calls).toEqual([]);
  expect(lottery.hasDrawn).toBe(false);
});
