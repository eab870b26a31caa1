import { RecordedLog } from '../program/testing/recorded_log';
import { Progress, report } from './progress';
import { showProgress } from './progress_display';

const AT_START: Progress = { storedBets: 0, leftOutRows: 0, readBytes: 0, fileBytes: 1_000 };

/** The process as it is with or without a parent's channel and a terminal. */
function pretend(send: NodeJS.Process['send'], isTerminal: boolean): () => void {
  const sendBefore: unknown = Reflect.get(process, 'send');
  const { connected } = process;
  const terminalBefore = process.stderr.isTTY;
  Object.defineProperty(process, 'send', { value: send, configurable: true, writable: true });
  Object.defineProperty(process, 'connected', {
    value: send !== undefined,
    configurable: true,
    writable: true,
  });
  process.stderr.isTTY = isTerminal;
  return () => {
    Object.defineProperty(process, 'send', { value: sendBefore, configurable: true, writable: true });
    Object.defineProperty(process, 'connected', { value: connected, configurable: true, writable: true });
    process.stderr.isTTY = terminalBefore;
  };
}

let restore: () => void = () => undefined;
beforeEach(() => jest.useFakeTimers());
afterEach(() => {
  jest.useRealTimers();
  restore();
});

describe('progress without a terminal', () => {
  test('is a line every five seconds: bets, rate, share of the file', () => {
    restore = pretend(undefined, false);
    const log = new RecordedLog();
    let current = AT_START;
    const display = showProgress(1, () => current, log, undefined);
    jest.advanceTimersByTime(4_999);
    expect(log.records).toEqual([]);
    current = { ...current, storedBets: 1_000, readBytes: 333 };
    jest.advanceTimersByTime(1);
    current = { ...current, storedBets: 6_000, totalBets: 8_000, readBytes: 1_000 };
    jest.advanceTimersByTime(5_000);
    expect(log.records.map(({ action, result, details }) => ({ action, result, details }))).toEqual([
      {
        action: 'progress',
        result: 'in_progress',
        details: { bets: 1_000, bets_per_second: 200, read_percent: 33 },
      },
      {
        action: 'progress',
        result: 'in_progress',
        details: { bets: 6_000, bets_per_second: 1_000, read_percent: 100, stored_percent: 75 },
      },
    ]);
    display.close();
    jest.advanceTimersByTime(60_000);
    expect(log.records).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('progress with a parent that has opened a channel', () => {
  test('is reported ten times a second, and not on the log', () => {
    const send = jest.fn(() => true);
    restore = pretend(send, true);
    const log = new RecordedLog();
    const display = showProgress(1, () => ({ ...AT_START, storedBets: 5 }), log, undefined);
    jest.advanceTimersByTime(1_000);
    expect(send).toHaveBeenCalledTimes(10);
    expect(send).toHaveBeenLastCalledWith(
      { kind: 'progress', ...AT_START, storedBets: 5 },
      expect.any(Function),
    );
    display.close();
    jest.advanceTimersByTime(1_000);
    expect(send).toHaveBeenCalledTimes(10);
    expect(log.records).toEqual([]);
  });

  test('is reported to nobody once the channel is closed', () => {
    const send = jest.fn(() => true);
    restore = pretend(send, false);
    Object.defineProperty(process, 'connected', { value: false, configurable: true, writable: true });
    report({ kind: 'winners', documents: [], leftOutRows: 0 });
    expect(send).not.toHaveBeenCalled();
  });

  test('the winners are reported', () => {
    const send = jest.fn(() => true);
    restore = pretend(send, false);
    report({ kind: 'winners', documents: ['7'], leftOutRows: 2 });
    expect(send).toHaveBeenCalledWith(
      { kind: 'winners', documents: ['7'], leftOutRows: 2 },
      expect.any(Function),
    );
  });
});
