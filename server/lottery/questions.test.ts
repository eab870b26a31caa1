import { FakeClock } from '../../program/testing/fake_clock';
import { Ledger, LedgerState } from '../ledger/ledger';
import { MemoryLedger } from '../ledger/memory_ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { batchOf } from '../testing/bets';
import { RecordedLog } from '../../program/testing/recorded_log';
import { isPending, settled } from '../testing/settled';
import { Telemetry } from '../telemetry/telemetry';
import { Lottery } from './lottery';

const TERMS = { agencies: 2, winnerNumber: 7_574 };
const WINNING = [{ document: '21689196', number: TERMS.winnerNumber }];
const UNAVAILABLE = { name: 'ProtocolError', code: 'unavailable' };

interface Opened<L extends Ledger> {
  readonly lottery: Lottery;
  readonly ledger: L;
  readonly telemetry: Telemetry;
}

function openOver<L extends Ledger>(ledger: L): Opened<L> {
  const telemetry = new Telemetry(TERMS, ledger.openedWith, ledger.isShared);
  const onBroken = (error: Error): void => {
    throw error;
  };
  const context = { clock: new FakeClock(), log: new RecordedLog(), observer: telemetry, onBroken };
  return { ledger, telemetry, lottery: new Lottery(ledger, TERMS, context) };
}

function openLottery(): Opened<MemoryLedger> {
  return openOver(new MemoryLedger(TERMS));
}

function openHeld(openedWith: Partial<LedgerState> = {}, isShared = false): Opened<HeldLedger> {
  const ledger = new HeldLedger(TERMS, openedWith);
  ledger.isShared = isShared;
  return openOver(ledger);
}

const CALLS = ['place', 'finish', 'standing', 'winnersNow', 'batchText'] as const;

/** Asks for an agency that does not exist. */
function ask(lottery: Lottery, call: (typeof CALLS)[number]): Promise<unknown> {
  if (call === 'place') return lottery.place(batchOf(9, 1));
  return call === 'batchText' ? lottery.batchText(9, 1) : lottery[call](9);
}

test('winners and draw are unknown while agencies have not finished', async () => {
  const { lottery, ledger } = openLottery();
  await lottery.finish(1);
  expect(await lottery.winnersNow(1, '8')).toBeUndefined();
  expect((await lottery.drawNow('9')).draw).toBeUndefined();
  expect(ledger.auditLines.slice(-2)).toEqual(['GET,/agencies/1/winners,409,8', 'GET,/draw,200,9']);
});

test('a question while the draw is held waits for it', async () => {
  const { lottery, ledger } = openHeld();
  const [one, two] = [lottery.finish(1), lottery.finish(2)];
  ledger.answerAll();
  await Promise.all([one, two]);
  const winners = lottery.winnersNow(1, '8');
  const draw = lottery.drawNow('9');
  expect(await isPending(winners)).toBe(true);
  expect(await isPending(draw)).toBe(true);
  await ledger.answerOn();
  expect(await winners).toBe('');
  expect((await draw).draw).toMatchObject({ bets: 0, isCalledOff: false });
  expect(ledger.auditLines).toEqual([
    'PUT,/agencies/1/finish,200,0',
    'PUT,/agencies/2/finish,200,0',
    'PUT,/draw,201,0',
    'GET,/agencies/1/winners,200,8',
    'GET,/draw,200,9',
  ]);
});

test('nobody is kept waiting who has given up', async () => {
  const { lottery, ledger } = openHeld({ finishedAgencies: new Set([1, 2]) });
  const both = [lottery.finish(1), lottery.finish(2)];
  ledger.calls.filter(({ kind }) => kind === 'finish').forEach((call) => call.answer());
  await Promise.all(both);
  const giveUp = new AbortController();
  const winners = lottery.winnersNow(1, '8', giveUp.signal);
  expect(await isPending(winners)).toBe(true);
  giveUp.abort();
  await expect(winners).rejects.toMatchObject(UNAVAILABLE);
  expect(ledger.auditLines.filter((line) => line.startsWith('GET'))).toEqual([]);
});

test('a batch is told as it came, and agencies as they stand', async () => {
  const { lottery, ledger } = openLottery();
  const batch = batchOf(1, 3, WINNING);
  await lottery.place(batch, '5');
  expect(await lottery.batchText(1, 3, '6')).toEqual(batch.text);
  expect(await lottery.batchText(1, 4)).toBeUndefined();
  expect(await lottery.standings(0, 5)).toMatchObject([{ bets: 1, batches: 1 }, { bets: 0 }]);
  await expect(lottery.batchText(3, 1)).rejects.toMatchObject({ code: 'unknown-agency' });
  expect(ledger.auditLines).toEqual([
    'PUT,/agencies/1/batches/3,201,5',
    'GET,/agencies/1/batches/3,200,6',
    'GET,/agencies/1/batches/4,404,0',
    'GET,/agencies,200,0',
    'GET,/agencies/3/batches/1,404,0',
  ]);
});

test.each(CALLS)('%s of an agency that is unknown is unavailable when that cannot be noted', async (call) => {
  const { lottery, ledger } = openHeld();
  ledger.holdsReads = true;
  const answer = ask(lottery, call);
  ledger.rejectAll();
  await expect(answer).rejects.toMatchObject(UNAVAILABLE);
});

describe('with other servers over the same ledger', () => {
  const DRAW = {
    winners: new Map([[1, '21689196']]),
    bets: 7,
    winnerNumber: TERMS.winnerNumber,
    missingAgencies: [],
    isCalledOff: false,
  };
  const NO_NEWS = {
    newlyFinished: [],
    firstFinishedAtMs: undefined,
    closedWith: undefined,
    draw: undefined,
    sums: new Map(),
  };

  test('a draw that another one has held is told to those who wait', async () => {
    const { lottery, ledger, telemetry } = openHeld();
    const draw = lottery.drawn;
    expect(await isPending(draw)).toBe(true);
    ledger.tell({ ...NO_NEWS, newlyFinished: [1, 2], draw: DRAW });
    expect(await draw).toEqual(DRAW);
    expect(lottery.hasDrawn).toBe(true);
    expect(telemetry).toMatchObject({ finishedAgencies: 2, draw: { bets: 7 } });
    expect(ledger.calls).toEqual([]);
  });

  test('the draw is held when others have recorded the last FINs', async () => {
    const { lottery, ledger } = openHeld();
    const finished = lottery.finish(1);
    ledger.answerAll();
    await finished;
    ledger.tell({ ...NO_NEWS, newlyFinished: [1, 2], draw: undefined });
    expect(ledger.calls.map(({ kind }) => kind)).toEqual(['close-sale']);
    ledger.tell({ ...NO_NEWS, newlyFinished: [1, 2], draw: DRAW });
    ledger.answerAll();
    expect(await lottery.drawn).toEqual(DRAW);
  });

  test('what is stored is counted by what the ledger tells, also after the draw', async () => {
    const { lottery, ledger, telemetry } = openHeld({}, true);
    const placed = lottery.place(batchOf(1, 1));
    ledger.answerAll();
    await placed;
    expect(telemetry).toMatchObject({ totalBets: 0, storedBets: 1 });
    ledger.tell({ ...NO_NEWS, sums: new Map([[1, { batches: 1, bets: 1 }]]), draw: DRAW });
    const sums = new Map([
      [1, { batches: 1, bets: 1 }],
      [2, { batches: 3, bets: 60 }],
    ]);
    ledger.tell({ ...NO_NEWS, sums, draw: DRAW });
    expect(telemetry).toMatchObject({ totalBatches: 4, totalBets: 61, storedBatches: 1 });
    expect(telemetry.agencies.get(2)).toMatchObject({ batches: 3, bets: 60, isFinished: false });
  });

  test('news that come late are none', async () => {
    const { lottery, ledger, telemetry } = openHeld({ draw: DRAW, finishedAgencies: new Set([1, 2]) });
    ledger.tell({ ...NO_NEWS, newlyFinished: [1], draw: { ...DRAW, bets: 8 } });
    expect(await lottery.drawn).toEqual(DRAW);
    expect(telemetry.draw?.bets).toBe(7);
  });

  test('a lottery that was closed starts nothing by them', () => {
    const { lottery, ledger } = openHeld();
    lottery.close();
    ledger.tell({ ...NO_NEWS, newlyFinished: [1, 2], draw: undefined });
    expect(ledger.calls).toEqual([]);
  });
});

test('what is asked takes its place in the order of the calls', async () => {
  const { lottery, ledger } = openLottery();
  void lottery.place(batchOf(1, 1));
  void lottery.standing(1);
  void lottery.finish(1);
  void lottery.place(batchOf(1, 2)).catch(() => undefined);
  void lottery.batchText(1, 1);
  void lottery.winnersNow(1);
  await settled();
  expect(ledger.auditLines.map((line) => line.split(',').slice(0, 3).join())).toEqual([
    'PUT,/agencies/1/batches/1,201',
    'GET,/agencies/1,200',
    'PUT,/agencies/1/finish,200',
    'PUT,/agencies/1/batches/2,410',
    'GET,/agencies/1/batches/1,200',
    'GET,/agencies/1/winners,409',
  ]);
});
