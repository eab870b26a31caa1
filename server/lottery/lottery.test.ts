import { ProtocolError } from '../../protocol/error_codes';
import { COMPLETE, DrawDeadline } from '../ledger/draw';
import { Ledger, LedgerDamaged, LedgerState, LedgerUnavailable } from '../ledger/ledger';
import { MemoryLedger } from '../ledger/memory_ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { batchOf } from '../testing/bets';
import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { isPending, settled } from '../testing/settled';
import { LedgerCalls } from '../ledger/testing/ledger_calls';
import { Telemetry } from '../telemetry/telemetry';
import { Lottery, LotteryContext } from './lottery';

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
let broken: Error[] = [];
beforeEach(() => {
  clock = new FakeClock();
  log = new RecordedLog();
  broken = [];
});

const ids = Array.from({ length: TERMS.agencies }, (_, index) => index + 1);

/** A lottery over a ledger in memory. */
function openLottery(): { lottery: Lottery; ledger: MemoryLedger } {
  const ledger = new MemoryLedger(TERMS);
  return { ledger, lottery: openOver(ledger) };
}

function openOver(ledger: Ledger, more: Partial<LotteryContext> = {}): Lottery {
  const observer = new Telemetry(TERMS, ledger.openedWith);
  const onBroken = (error: Error): void => void broken.push(error);
  return new Lottery(ledger, TERMS, { clock, log, observer, onBroken, ...more });
}

/** What an agency has won, once it is drawn. */
async function winners(lottery: Lottery, agency: number): Promise<string | undefined> {
  if (ids.includes(agency)) await lottery.drawn;
  return lottery.winnersNow(agency);
}

/** A lottery over a ledger that answers when it is told to. */
function openHeld(openedWith: Partial<LedgerState> = {}): { lottery: Lottery; ledger: HeldLedger } {
  const ledger = new HeldLedger(TERMS, openedWith);
  return { ledger, lottery: openOver(ledger) };
}

async function finishAll(lottery: Lottery): Promise<void> {
  for (const agency of ids) await lottery.finish(agency);
}

describe('an agency that is unknown', () => {
  test.each([0, 4, Number.MAX_SAFE_INTEGER])('%d is refused everything', async (agency) => {
    const { lottery, ledger } = openLottery();
    await expect(lottery.finish(agency)).rejects.toMatchObject({ ...UNKNOWN, batchId: 0 });
    await expect(winners(lottery, agency)).rejects.toMatchObject(UNKNOWN);
    await expect(lottery.standing(agency)).rejects.toMatchObject(UNKNOWN);
    expect((await new LedgerCalls(ledger, TERMS.winnerNumber).draw()).bets).toBe(0);
  });

  test('is refused its batch, whose id is named', async () => {
    const { lottery, ledger } = openLottery();
    await expect(lottery.place(batchOf(4, 9))).rejects.toMatchObject({ ...UNKNOWN, batchId: 9 });
    expect(await new LedgerCalls(ledger, TERMS.winnerNumber).standing(4)).toMatchObject({ bets: 0 });
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
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    const repeated = lottery.finish(2);
    await ledger.answerOn();
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
    expect(await isPending(winners(lottery, 1))).toBe(true);
    expect(log.of('sorteo')).toEqual([]);
  });

  test('gives each agency its winners, whenever it asks', async () => {
    const { lottery } = openLottery();
    const early = ids.map((agency) => winners(lottery, agency));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    expect(await Promise.all(early)).toEqual(['21689196,7', '', '']);
    expect(await Promise.all(ids.map((agency) => winners(lottery, agency)))).toEqual(['21689196,7', '', '']);
  });

  test('is told exactly once, before anybody gets winners', async () => {
    const { lottery } = openLottery();
    const order: string[] = [];
    log.onEvent = (event) => {
      if (event.startsWith('action: sorteo')) order.push(event);
    };
    const asked = ids.map((agency) => winners(lottery, agency).then(() => order.push(`winners ${agency}`)));
    await lottery.place(batchOf(1, 1, WINNING));
    await finishAll(lottery);
    await Promise.all(asked);
    await finishAll(lottery);
    await winners(lottery, 1);
    expect(order).toEqual([
      'action: sorteo | result: in_progress | agencies: 3',
      'action: sorteo | result: success | bets: 3 | cant_ganadores: 2',
      ...ids.map((agency) => `winners ${agency}`),
    ]);
  });

  test('that is due at opening runs', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    await ledger.answerOn();
    expect(await winners(lottery, 2)).toBe('');
    expect(log.of('sorteo', 'success')).toHaveLength(1);
  });

  test('that had run at opening is not run and not told again', async () => {
    const draw = { ...COMPLETE, winnerNumber: TERMS.winnerNumber, winners: new Map([[2, '5,6']]), bets: 9 };
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids), draw });
    expect(await winners(lottery, 2)).toBe('5,6');
    expect(await winners(lottery, 1)).toBe('');
    void lottery.finish(1);
    ledger.answerAll();
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(log.of('sorteo')).toEqual([]);
  });

  test('that the storage cannot take is tried again after a second, until it can', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set(ids) });
    const asked = winners(lottery, 1);
    for (let round = 0; round < 3; round++) {
      ledger.rejectAll();
      await settled();
      expect(ledger.calls).toEqual([]);
      clock.advance(RETRY_MS - 1);
      expect(ledger.calls).toEqual([]);
      clock.advance(1);
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    }
    expect(await isPending(asked)).toBe(true);
    await ledger.answerOn();
    expect(await asked).toBe('');
    expect(log.of('sorteo', 'fail')).toHaveLength(3);
    expect(log.of('sorteo', 'success')).toHaveLength(1);
  });

  test('of a sale that was closed before is tried again, though no setting asks for it', async () => {
    const closedWith = { missingAgencies: [3], isCalledOff: false };
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set([1, 2]), closedWith });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(ledger.calls.map(({ kind }) => kind)).toEqual(['find-winners']);
      ledger.rejectAll();
      await settled();
      clock.advance(RETRY_MS);
    }
    await ledger.answerOn();
    expect(await lottery.drawn).toMatchObject(closedWith);
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
    await winners(lottery, 1);
    expect(log.events.join('\n')).not.toMatch(/Ana|Paz|21689196/);
  });
});

describe('the deadline', () => {
  let wallMs = 5_000_000;
  const advance = (milliseconds: number): void => {
    wallMs += milliseconds;
    clock.advance(milliseconds);
  };

  function openWith(
    deadline: DrawDeadline,
    openedWith: Partial<LedgerState> = {},
    more: Partial<LotteryContext> = {},
  ) {
    const ledger = new HeldLedger(TERMS, openedWith, () => wallMs);
    return { ledger, lottery: openOver(ledger, { deadline, wallTimeMs: () => wallMs, ...more }) };
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
    await ledger.answerOn();
    expect(await winners(lottery, 1)).toBe('');
    advance(120_000);
    await settled();
    expect(ledger.calls).toEqual([]);
    expect(clock.timerCount).toBe(0);
    expect(log.of('sorteo', 'fail')).toEqual([]);
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
    expect(log.of('sorteo', 'fail')).toHaveLength(1);
    await ledger.answerOn();
    const late = lottery.place(batchOf(1, 4));
    ledger.answerAll();
    await expect(late).rejects.toMatchObject({ code: 'closed' });
    expect((await lottery.drawNow())?.bets).toBe(0);
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
    expect(log.of('sorteo')).toEqual([]);
    expect(log.of('deadline')).toEqual([
      expect.stringMatching(/passed more than an hour ago .*DRAW_DEADLINE_OVERDUE = act/),
    ]);
    for (const agency of ids) await finish(lottery, ledger, agency);
    await ledger.answerOn();
    expect(log.of('sorteo', 'success')).toEqual([
      'action: sorteo | result: success | bets: 1 | cant_ganadores: 0',
    ]);
  });

  test('that has passed more than an hour ago is acted on when the operator confirms it', () => {
    const deadline = { action: 'draw', atMs: wallMs - HOUR_MS - 1 } as const;
    const { ledger } = openWith(deadline, { bets: 1 }, { actsOnOverdue: true });
    expect(kinds(ledger)).toEqual(['close-sale']);
    expect(log.of('deadline')).toEqual([]);
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
    expect(log.of('sorteo')).toEqual([]);
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
    expect(log.of('deadline')).toEqual([]);
  });
});

describe('a sale that was closed before the opening', () => {
  const closedWith = { missingAgencies: [3], isCalledOff: false };

  test('is drawn with the terms of its close, whatever has been set or has finished since', async () => {
    const { lottery, ledger } = openHeld({ finishedAgencies: new Set([1, 2]), closedWith });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['find-winners']);
    const finished = lottery.finish(3);
    await ledger.answerOn();
    await finished;
    expect(await lottery.drawn).toMatchObject({ ...closedWith, winnerNumber: TERMS.winnerNumber });
    expect(log.of('sorteo')).toEqual([
      'action: sorteo | result: in_progress | agencies: 3 | missing: 3 | resumed: the sale was closed before',
      'action: sorteo | result: success | bets: 0 | cant_ganadores: 0 | missing: 3',
    ]);
  });

  test('is called off where its close says so', async () => {
    const { lottery, ledger } = openHeld({ closedWith: { missingAgencies: [2], isCalledOff: true } });
    await settled();
    await ledger.answerOn();
    expect(await lottery.drawn).toMatchObject({ isCalledOff: true, winnerNumber: undefined });
    expect(log.of('sorteo', 'fail')).toHaveLength(1);
  });
});

describe('gates', () => {
  test('are passed in their order before the search', async () => {
    const passed: string[] = [];
    let open: () => void = () => undefined;
    const gates = ['first', 'second'].map((name) => ({
      name,
      pass: async (): Promise<void> => {
        passed.push(name);
        if (name === 'second') await new Promise<void>((resolve) => (open = resolve));
      },
    }));
    const ledger = new HeldLedger(TERMS, { finishedAgencies: new Set(ids) });
    const lottery = openOver(ledger, { gates });
    await ledger.answerOn();
    expect(passed).toEqual(['first', 'second']);
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
    const lottery = openOver(ledger, { gates: [{ name: 'only', pass }] });
    await ledger.answerOn();
    clock.advance(RETRY_MS);
    await settled();
    await ledger.answerOn();
    expect(lottery.hasDrawn).toBe(true);
    expect(tries).toBe(2);
  });
});

test('a ledger that is found damaged at the draw is of no more use', async () => {
  const { ledger, lottery } = openHeld({ finishedAgencies: new Set(ids) });
  ledger.answerAll();
  await settled();
  ledger.rejectAll(new LedgerDamaged('segment 1 is not what was stored'));
  await settled();
  expect(broken.map(({ message }) => message)).toEqual([
    'the ledger is damaged: segment 1 is not what was stored',
  ]);
  clock.advance(10 * RETRY_MS);
  expect(ledger.calls).toEqual([]);
  expect(lottery.hasDrawn).toBe(false);
});

describe('a FIN and its winners', () => {
  test('are one call, told when the FIN is stored', async () => {
    const { ledger, lottery } = openHeld({ finishedAgencies: new Set([2, 3]) });
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
    const { ledger, lottery } = openHeld();
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
