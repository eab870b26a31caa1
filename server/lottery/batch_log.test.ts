import { FakeClock } from '../../program/testing/fake_clock';
import { RecordedLog } from '../../program/testing/recorded_log';
import { BatchLog } from './batch_log';

const NAME = 'apuesta_recibida';
let clock = new FakeClock();
let log = new RecordedLog();
beforeEach(() => {
  clock = new FakeClock();
  log = new RecordedLog();
});

const tell = (batchLog: BatchLog, batchId: number, betCount = 2, isRepeated = false): void =>
  batchLog.tell({ agency: 1, batchId, betCount, isRepeated });

/** The sum of `cantidad` over all lines. */
const toldBets = (): number =>
  log.records.reduce((sum, { details }) => sum + Number(details['cantidad'] ?? 0), 0);

describe('at INFO', () => {
  test('a batch has a line, and the same again has none', () => {
    const batchLog = new BatchLog(log, clock, false);
    tell(batchLog, 1, 70);
    tell(batchLog, 1, 70, true);
    batchLog.tellRest();
    expect(log.of(NAME)).toEqual([`action: ${NAME} | result: success | agency: 1 | batch: 1 | cantidad: 70`]);
    expect(log.records.map(({ level }) => level)).toEqual(['info']);
  });

  test('ten lines a second at most, the last of which tells of all others', () => {
    const batchLog = new BatchLog(log, clock, false);
    for (let batch = 1; batch <= 500; batch++) tell(batchLog, batch, batch);
    expect(log.of(NAME)).toHaveLength(9);
    clock.advance(1_000);
    expect(log.of(NAME)).toHaveLength(10);
    expect(log.of(NAME).at(-1)).toBe(
      `action: ${NAME} | result: success | batches: 491 | cantidad: ${(500 * 501) / 2 - 45}`,
    );
  });

  test('the sum of cantidad is that of the new batches, and no second has more lines, whatever the pace', () => {
    const batchLog = new BatchLog(log, clock, false);
    const linesAtMs: number[] = [];
    let bets = 0;
    for (let batch = 1; batch <= 2_000; batch++) {
      const before = log.records.length;
      clock.advance([0, 1, 7, 150, 1_200][batch % 5]! / (1 + (batch % 3)));
      tell(batchLog, batch, batch % 200, batch % 11 === 0);
      if (batch % 11 !== 0) bets += batch % 200;
      for (let line = before; line < log.records.length; line++) linesAtMs.push(clock.nowMs());
    }
    batchLog.tellRest();
    expect(toldBets()).toBe(bets);
    const perSecond = linesAtMs.length / (clock.nowMs() / 1_000);
    expect(perSecond).toBeLessThanOrEqual(10);
  });

  test('what had no line is told before the log ends, and not again', () => {
    const batchLog = new BatchLog(log, clock, false);
    for (let batch = 1; batch <= 12; batch++) tell(batchLog, batch);
    batchLog.tellRest();
    expect(log.of(NAME).at(-1)).toBe(`action: ${NAME} | result: success | batches: 3 | cantidad: 6`);
    expect(clock.timerCount).toBe(0);
    batchLog.tellRest();
    expect(log.of(NAME)).toHaveLength(10);
  });

  test('no timer runs while no batch waits for its line', () => {
    const batchLog = new BatchLog(log, clock, false);
    for (let batch = 1; batch <= 9; batch++) tell(batchLog, batch);
    expect(clock.timerCount).toBe(0);
  });
});

test('at DEBUG each batch has a line, the same again as well', () => {
  const batchLog = new BatchLog(log, clock, true);
  for (let batch = 1; batch <= 50; batch++) tell(batchLog, batch);
  tell(batchLog, 50, 2, true);
  expect(log.of(NAME)).toHaveLength(51);
  expect(log.of(NAME).at(-1)).toBe(
    `action: ${NAME} | result: success | agency: 1 | batch: 50 | cantidad: 2 | again: true`,
  );
  expect(new Set(log.records.map(({ level }) => level))).toEqual(new Set(['debug']));
});
