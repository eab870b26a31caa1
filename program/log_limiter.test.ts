import { LogLimiter } from './log_limiter';

let nowMs = 0;
const limiter = (): LogLimiter => new LogLimiter(() => nowMs);
beforeEach(() => (nowMs = 5));

test('one event of a kind is let through each second, with the count of those kept back', () => {
  const limited = limiter();
  expect([limited.admit('a'), limited.admit('a'), limited.admit('a')]).toEqual([0, undefined, undefined]);
  nowMs += 999;
  expect(limited.admit('a')).toBeUndefined();
  nowMs += 1;
  expect(limited.admit('a')).toBe(3);
  expect(limited.admit('a')).toBeUndefined();
  nowMs += 5_000;
  expect(limited.admit('a')).toBe(1);
});

test('kinds are limited apart', () => {
  const limited = limiter();
  expect([limited.admit('a'), limited.admit('b')]).toEqual([0, 0]);
});

test('many kinds are limited as well', () => {
  const limited = limiter();
  let admitted = 0;
  for (let round = 0; round < 10; round++) {
    for (let agency = 1; agency <= 65; agency++) if (limited.admit(`fin ${agency}`) !== undefined) admitted++;
  }
  expect(admitted).toBeLessThanOrEqual(2 * 65);
});
