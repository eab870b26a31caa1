import { ProtocolError } from '../../protocol/error_codes';
import { COMPLETE, LedgerState } from '../ledger/ledger';
import { MemoryLedger } from '../ledger/memory_ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { batchOf } from '../testing/bets';
import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { isPending, settled } from '../testing/settled';
import { DrawDeadline } from './draw_deadline';
import { Lottery } from './lottery';

const TERMS = { agencies: 3, winnerNumber: 7_574 };
const RETRY_MS = 1_000;
const WINNING = [
  { document: '21689196', number: TERMS.winnerNumber },
  {},
  { document: '7', number: TERMS.winnerNumber },
];
const UNKNOWN = { name: 'ProtocolError', code: 'unknown-agency' };

let clock = new FakeClock();
let log = new RecordedLog();
beforeEach(() => {
  clock = new FakeClock();
  log = new RecordedLog();
});

const ids = Array.from({ length: TERMS.agencies }, (_, index) => index + 1);

/** A lottery over a ledger in memory. */
function openLottery(): { lottery: Lottery; ledger: MemoryLedger } {
  const ledger = new MemoryLedger(TERMS);
  return { ledger, lottery: new Lottery(ledger, TERMS, { clock, log }) };
}

/** A lottery over a ledger that answers when it is told to. */
function openHeld(openedWith: Partial<LedgerState> = {}): { lottery: Lottery; ledger: HeldLedger } {
  const ledger = new HeldLedger(TERMS, openedWith);
  return { ledger, lottery: new Lottery(ledger, TERMS, { clock, log }) };
}

async function finishAll(lottery: Lottery): Promise<void> {
  for (const agency of ids) await lottery.finish(agency);
}

describe('an agency that is unknown', () => {
  test.each([0, 4, Number.MAX_SAFE_INTEGER])('%d is refused everything', async (agency) => {
    const { lottery, ledger } = openLottery();
    await expect(lottery.finish(agency)).rejects.toMatchObject({ ...UNKNOWN, batchId: 0 });
    await expect(lottery.winners(agency)).rejects.toMatchObject(UNKNOWN);
    await expect(lottery.standing(agency)).rejects.toMatchObject(UNKNOWN);
    expect((await ledger.draw(COMPLETE)).bets).toBe(0);
  });

  test('is refused its batch, whose id is named', async () => {
    const { lottery, ledger } = openLottery();
    await expect(lottery.place(batchOf(4, 9))).rejects.toMatchObject({ ...UNKNOWN, batchId: 9 });
    expect(await ledger.standing(4)).toMatchObject({ bets: 0 });
  });
});

describe('place', () => {
  test('takes a batch, and the same again', async () => {
    const { lottery } = openLottery();
    await lottery.place(batchOf(1, 1, [{}, {}]));
    await lottery.place(batchOf(1, 1, [{}, {}]));
    expect(await lottery.standing(1)).toMatchObject({ bets: 2 });
    expect(log.of('apuesta_recibida')).toEqual([
      'action: apuesta_recibida | result: success | agency: 1 | batch: 1 | cantidad: 2 | again: false',
      'action: apuesta_recibida | result: success | agency: 1 | batch: 1 | cantidad: 2 | again: true',
    ]);
  });

  test('refuses other bets under a known id, and new ones behind a FIN', async () => {
    const { lottery } = openLottery();
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
    const { lottery, ledger } = openHeld();
    const calls = [lottery.place(batchOf(1, 3)), lottery.finish(1), lottery.standing(1)];
    ledger.rejectAll();
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as unknown))).toEqual([
      new ProtocolError('unavailable', 'the store cannot take it now: try again later', 3),
      ...Array<unknown>(2).fill(
        new ProtocolError('unavailable', 'the store cannot take it now: try again later'),
      ),
    ]);
    expect(log.events.filter((event) => event.includes('success'))).toEqual([]);
  });
});

describe('the draw', () => {
  test('runs once, at the last FIN and not before', async () => {
    const { lottery, ledger } = openHeld();
    for (const agency of ids) {
      expect(ledger.calls).toHaveLength(0);
      const finished = lottery.finish(agency);
      ledger.answerAll();
      await finished;
    }
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['draw']);
    const repeated = lottery.finish(2);
    ledger.answerAll();
    await repeated;
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(log.of('sorteo')).toEqual([
      'action: sorteo | result: in_progress | agencies: 3',
      'action: sorteo | result: success | bets: 0 | cant_ganadores: 0',
    ]);
  });

  test('does not run when one agency finishes again and again', async () => {
    const { lottery } = openLottery();
    for (let round = 0; round < 5; round++) await lottery.finish(1);
    expect(await isPending(lottery.winners(1))).toBe(true);
    expect(log.of('sorteo')).toEqual([]);
  });

  test('gives each agency its winners, whenever it asks', async () => {
    const { lottery } = openLottery();
    const early = ids.map((agency) => lottery.winners(agency));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    expect(await Promise.all(early)).toEqual(['21689196,7', '', '']);
    expect(await Promise.all(ids.map((agency) => lottery.winners(agency)))).toEqual(['21689196,7', '', '']);
  });

  test('is told exactly once, before anybody gets winners', async () => {
    const { lottery } = openLottery();
    const order: string[] = [];
    log.onEvent = (event) => {
      if (event.startsWith('action: sorteo')) order.push(event);
    };
    const asked = ids.map((agency) => lottery.winners(agency).then(() => order.push(`winners ${agency}`)));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    await Promise.all(asked);
    await finishAll(lottery);
    await lottery.winners(1);
    expect(order).toEqual([
      'action: sorteo | result: in_progress | agencies: 3',
      'action: sorteo | result: success | bets: 3 | cant_ganadores: 2',
      ...ids.map((agency) => `winners ${agency}`),
    ]);
  });

  test('that is due at opening runs', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['draw']);
    ledger.answerAll();
    expect(await lottery.winners(2)).toBe('');
    expect(log.of('sorteo', 'success')).toHaveLength(1);
  });

  test('that had run at opening is not run and not told again', async () => {
    const draw = { ...COMPLETE, winners: new Map([[2, '5,6']]), bets: 9 };
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids), draw });
    expect(await lottery.winners(2)).toBe('5,6');
    expect(await lottery.winners(1)).toBe('');
    void lottery.finish(1);
    ledger.answerAll();
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(log.of('sorteo')).toEqual([]);
  });

  test('that the storage cannot take is tried again after a second, until it can', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    const winners = lottery.winners(1);
    for (let round = 0; round < 3; round++) {
      ledger.rejectAll();
      await settled();
      expect(ledger.calls).toEqual([]);
      clock.advance(RETRY_MS - 1);
      expect(ledger.calls).toEqual([]);
      clock.advance(1);
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['draw']);
    }
    expect(await isPending(winners)).toBe(true);
    ledger.answerAll();
    expect(await winners).toBe('');
    expect(log.of('sorteo', 'fail')).toHaveLength(3);
    expect(log.of('sorteo', 'success')).toHaveLength(1);
  });

  test('that failed is not started by a FIN before its time', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    ledger.rejectAll();
    await settled();
    void lottery.finish(1);
    ledger.answerAll();
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(clock.timerCount).toBe(1);
  });
});

describe('close', () => {
  test('calls the next try off', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    ledger.rejectAll();
    await settled();
    lottery.close();
    clock.advance(10 * RETRY_MS);
    expect(ledger.calls).toEqual([]);
  });

  test('starts no draw afterwards', async () => {
    const { lottery, ledger } = openHeld();
    const finishing = ids.map((agency) => lottery.finish(agency));
    lottery.close();
    ledger.answerAll();
    await Promise.all(finishing);
    expect(ledger.calls).toEqual([]);
  });

  test('a draw that fails afterwards is not tried again, and is no failure', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    lottery.close();
    ledger.rejectAll();
    await settled();
    expect(clock.timerCount).toBe(0);
    expect(log.of('sorteo', 'fail')).toEqual([]);
  });
});

describe('the log', () => {
  test('tells a FIN, and repeated ones at most once a second', async () => {
    const { lottery } = openLottery();
    for (let round = 0; round < 5; round++) await lottery.finish(1);
    clock.advance(1_000);
    await lottery.finish(1);
    expect(log.of('receive_fin')).toEqual([
      'action: receive_fin | result: success | agency: 1 | finished: 1 | agencies: 3',
      'action: receive_fin | result: success | agency: 1 | finished: 1 | agencies: 3 | more: 4',
    ]);
  });

  test('holds no name and no document', async () => {
    const { lottery } = openLottery();
    await lottery.place(batchOf(1, 1, WINNING));
    await lottery.place(batchOf(1, 1)).catch(() => undefined);
    await finishAll(lottery);
    await lottery.winners(1);
    expect(log.events.join('\n')).not.toMatch(/Ana|Paz|21689196/);
  });
});

describe('the deadline', () => {
  let wallMs = 5_000_000;
  const advance = (milliseconds: number): void => {
    wallMs += milliseconds;
    clock.advance(milliseconds);
  };

  function openWith(deadline: DrawDeadline, openedWith: Partial<LedgerState> = {}) {
    const ledger = new HeldLedger(TERMS, openedWith);
    const lottery = new Lottery(ledger, TERMS, { clock, log, deadline, wallTimeMs: () => wallMs });
    return { ledger, lottery };
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
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['draw']);
    ledger.answerAll();
    expect(await lottery.winners(3)).toBe('');
    expect(log.of('sorteo', 'success')).toEqual([
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
    ledger.answerAll();
    expect(await lottery.winners(1)).toBe('');
    advance(120_000);
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(clock.timerCount).toBe(0);
    expect(log.of('sorteo', 'fail')).toEqual([]);
  });

  test('that calls the draw off leaves no winners, only the reason', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1 });
    const asked = lottery.winners(1);
    asked.catch(() => undefined);
    advance(1);
    ledger.answerAll();
    const refusal = { code: 'closed', message: 'the draw was called off, agencies missing: 1, 2, 3' };
    await expect(asked).rejects.toMatchObject(refusal);
    await expect(lottery.winners(2)).rejects.toMatchObject(refusal);
    expect(log.of('sorteo', 'success')).toEqual([]);
    expect(log.of('sorteo', 'fail')).toHaveLength(1);
  });

  test('is given up by close', () => {
    const { ledger, lottery } = openWith({ action: 'draw', atMs: wallMs + 1_000 });
    lottery.close();
    advance(10_000);
    expect(ledger.calls).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  test('does not miss an agency whose FIN is stored before the draw', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1_000 });
    await finish(lottery, ledger, 1);
    await finish(lottery, ledger, 2);
    const last = lottery.finish(3);
    advance(1_000);
    ledger.answerAll();
    await last;
    ledger.answerAll();
    expect(await lottery.winners(3)).toBe('');
  });

  test('a draw that failed at the deadline is complete if all have finished since', async () => {
    const { ledger, lottery } = openWith({ action: 'call-off', atMs: wallMs + 1_000 });
    advance(1_000);
    ledger.rejectAll();
    await settled();
    for (const agency of ids) await finish(lottery, ledger, agency);
    advance(RETRY_MS);
    ledger.answerAll();
    expect(await lottery.winners(1)).toBe('');
  });
});
