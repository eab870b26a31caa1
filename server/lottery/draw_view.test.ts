import { DrawDeadline } from '../ledger/draw';
import { LedgerState } from '../ledger/ledger';
import { HeldLedger } from '../ledger/testing/held_ledger';
import { settled } from '../testing/settled';
import { Lottery } from './lottery';
import { LotteryContext } from './lottery_context';
import { LotteryRig, TERMS, RETRY_MS, ids } from './testing/lottery_rig';

const HOUR_MS = 3_600_000;
let rig = new LotteryRig();
let wallMs = 1_795_000_000_000;
beforeEach(() => (rig = new LotteryRig()));

const advance = (milliseconds: number): void => {
  wallMs += milliseconds;
  rig.clock.advance(milliseconds);
};

function openWith(
  deadline: DrawDeadline | undefined,
  openedWith: Partial<LedgerState> = {},
  more: Partial<LotteryContext> = {},
): { ledger: HeldLedger; lottery: Lottery } {
  const ledger = new HeldLedger(TERMS, openedWith, () => wallMs);
  return { ledger, lottery: rig.openOver(ledger, { deadline, wallTimeMs: () => wallMs, ...more }) };
}

async function finish(lottery: Lottery, ledger: HeldLedger, agency: number): Promise<void> {
  const finished = lottery.finish(agency);
  ledger.answerAll();
  await finished;
}

describe('what is seen of a draw', () => {
  test('is nothing but its phase where there is no deadline', () => {
    expect(openWith(undefined).lottery.drawView).toEqual({
      phase: 'awaited',
      isSaleClosed: false,
      isOverdue: false,
    });
  });

  test('is how long it is until the round that the number comes from, by the clock of this server', () => {
    const view = { from: 'drand', blocked: undefined, dueAtMs: wallMs + 5_000 };
    const number = { view, number: () => new Promise<number>(() => undefined) };
    const { lottery } = openWith(undefined, {}, { number });
    expect(lottery.drawView).toMatchObject({ number: { dueAtMs: wallMs + 5_000 }, numberLeftMs: 5_000 });
    wallMs += 6_000;
    expect(lottery.drawView.numberLeftMs).toBe(-1_000);
  });

  test('is when the deadline is due, and what is left', async () => {
    const deadline = { action: 'call-off', afterFirstFinishMs: 60_000 } as const;
    const { lottery, ledger } = openWith(deadline);
    expect(lottery.drawView).toMatchObject({ phase: 'awaited', deadline });
    expect(lottery.drawView.dueAtMs).toBeUndefined();
    await finish(lottery, ledger, 2);
    const dueAtMs = wallMs + 60_000;
    expect(lottery.drawView).toMatchObject({ dueAtMs, leftMs: 60_000, isOverdue: false });
    advance(10_000);
    expect(lottery.drawView).toMatchObject({ dueAtMs, leftMs: 50_000 });
  });

  test('counts what is left by the clock of the storage', () => {
    const ledger = new HeldLedger(TERMS, {}, () => wallMs);
    Object.defineProperty(ledger, 'clockAheadMs', { value: 4_000 });
    const deadline = { action: 'draw', atMs: wallMs + 10_000 } as const;
    const lottery = rig.openOver(ledger, { deadline, wallTimeMs: () => wallMs });
    expect(lottery.drawView).toMatchObject({ dueAtMs: wallMs + 10_000, leftMs: 6_000 });
  });

  test('is that a deadline long past is held, until it is confirmed', () => {
    const deadline = { action: 'draw', atMs: wallMs - HOUR_MS - 1 } as const;
    expect(openWith(deadline, { bets: 1 }).lottery.drawView).toMatchObject({
      phase: 'awaited',
      isOverdue: true,
      leftMs: -HOUR_MS - 1,
    });
    const confirmed = openWith(deadline, { bets: 1 }, { actsOnOverdue: true });
    expect(confirmed.lottery.drawView).toMatchObject({ phase: 'closing', isOverdue: false });
  });

  test('is each phase that it goes through, when it was decided and how long that took', async () => {
    let open: () => void = () => undefined;
    const pass = (): Promise<void> => new Promise((resolve) => (open = resolve));
    const { lottery, ledger } = openWith(undefined, {}, { gates: [{ name: 'control', pass }] });
    for (const agency of ids) await finish(lottery, ledger, agency);
    expect(lottery.drawView).toMatchObject({ phase: 'closing', isSaleClosed: false });
    ledger.answerAll();
    await settled();
    expect(lottery.drawView).toMatchObject({ phase: 'gated', gate: 'control', isSaleClosed: true });
    advance(700);
    open();
    await settled();
    expect(lottery.drawView).toMatchObject({ phase: 'searching' });
    expect(lottery.drawView.gate).toBeUndefined();
    ledger.rejectAll();
    await settled();
    expect(lottery.drawView).toMatchObject({ phase: 'retrying', isSaleClosed: true });
    advance(RETRY_MS);
    open();
    await settled();
    advance(300);
    await ledger.answerOn();
    expect(lottery.drawView).toMatchObject({
      phase: 'decided',
      isSaleClosed: true,
      decidedAtMs: wallMs,
      tookMs: 700 + RETRY_MS + 300,
    });
  });

  test('that was held before the start is when that was', () => {
    const draw = {
      winnerNumber: 7_574,
      winners: new Map(),
      bets: 0,
      missingAgencies: [],
      isCalledOff: false,
    };
    const { drawView } = openWith(undefined, { draw, drawnAtMs: wallMs - 5_000 }).lottery;
    expect(drawView).toMatchObject({ phase: 'decided', isSaleClosed: true, decidedAtMs: wallMs - 5_000 });
    expect(drawView.tookMs).toBeUndefined();
  });
});

describe('the log says when a deadline is due', () => {
  const deadline = { action: 'call-off', afterFirstFinishMs: 7_200_000 } as const;
  const lineAt = (atMs: number, leftS: number): string =>
    `action: deadline | result: in_progress | draw_deadline: ${new Date(atMs).toISOString()} | ` +
    `draw_deadline_action: call-off | left_s: ${leftS} | reason: 7200000 ms after the first FIN`;

  test('at the first FIN, once', async () => {
    const { lottery, ledger } = openWith(deadline);
    expect(rig.log.of('deadline')).toEqual([]);
    await finish(lottery, ledger, 2);
    const dueAtMs = wallMs + 7_200_000;
    expect(rig.log.of('deadline')).toEqual([lineAt(dueAtMs, 7_200)]);
    advance(1_000);
    await finish(lottery, ledger, 1);
    expect(rig.log.of('deadline')).toHaveLength(1);
  });

  test('at the start, when an agency has finished before it', () => {
    openWith(deadline, { finishedAgencies: new Set([1]), firstFinishedAtMs: wallMs - 200_000 });
    expect(rig.log.of('deadline')).toEqual([lineAt(wallMs + 7_000_000, 7_000)]);
  });

  test('at the first FIN that another server has stored', () => {
    const { ledger } = openWith(deadline);
    ledger.tell({
      newlyFinished: [3],
      firstFinishedAtMs: wallMs - 1_000,
      closedWith: undefined,
      draw: undefined,
      sums: new Map(),
    });
    expect(rig.log.of('deadline')).toEqual([lineAt(wallMs + 7_199_000, 7_199)]);
  });

  test('not of one at a time, which the settings say already', async () => {
    const { lottery, ledger } = openWith({ action: 'draw', atMs: wallMs + HOUR_MS });
    await finish(lottery, ledger, 1);
    expect(rig.log.of('deadline')).toEqual([]);
  });

  test('nor when the sale is over', async () => {
    const { lottery, ledger } = openWith(undefined);
    for (const agency of ids) await finish(lottery, ledger, agency);
    expect(rig.log.of('deadline')).toEqual([]);
  });
});
