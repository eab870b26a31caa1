import { COMPLETE } from '../ledger/draw';
import { EMPTY_LEDGER } from '../ledger/ledger';
import { msUntilDeadline, parseDeadline, requireMeantDeadline } from './draw_deadline';

test.each([
  ['500ms', { afterFirstFinishMs: 500 }],
  ['90s', { afterFirstFinishMs: 90_000 }],
  ['15m', { afterFirstFinishMs: 900_000 }],
  ['2h', { afterFirstFinishMs: 7_200_000 }],
  ['0s', { afterFirstFinishMs: 0 }],
  ['2026-12-22T09:00:00Z', { atMs: Date.UTC(2026, 11, 22, 9) }],
  ['2026-12-22T09:00Z', { atMs: Date.UTC(2026, 11, 22, 9) }],
  ['2026-12-22T09:00:00.250-03:00', { atMs: Date.UTC(2026, 11, 22, 12, 0, 0, 250) }],
  ['2028-02-29T00:00:00Z', { atMs: Date.UTC(2028, 1, 29) }],
])('%s is a deadline', (text, deadline) => {
  expect(parseDeadline(text)).toEqual(deadline);
});

test.each([
  '',
  '90',
  '1.5h',
  '-1s',
  '2d',
  '2 h',
  'never',
  '2026-12-22',
  '2026-12-22T09:00:00',
  '2026-12-22 09:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-12-22T25:00:00Z',
  '9999999999s',
])('%j is none', (text) => {
  expect(parseDeadline(text)).toBeUndefined();
});

test.each(['2026-02-30T09:00:00Z', '2026-11-31T09:00:00Z', '2027-02-29T09:00:00Z'])('%j is none', (text) => {
  expect(parseDeadline(text)).toBeUndefined();
});

test('a time is left until it has passed', () => {
  const deadline = { action: 'draw', atMs: 5_000 } as const;
  expect(msUntilDeadline(deadline, undefined, 1_000)).toBe(4_000);
  expect(msUntilDeadline(deadline, 1, 6_000)).toBe(-1_000);
});

test('a duration counts from the first agency that finished', () => {
  const deadline = { action: 'draw', afterFirstFinishMs: 5_000 } as const;
  expect(msUntilDeadline(deadline, undefined, 1_000)).toBeUndefined();
  expect(msUntilDeadline(deadline, 1_000, 2_000)).toBe(4_000);
});

describe('a time that has passed', () => {
  const deadline = { action: 'draw', atMs: Date.parse('2026-01-01T00:00:00Z') } as const;
  const nowMs = deadline.atMs + 1;

  test('is refused where nothing was sold', () => {
    expect(() => requireMeantDeadline(deadline, EMPTY_LEDGER, nowMs)).toThrow(
      'DRAW_DEADLINE: 2026-01-01T00:00:00.000Z has passed and the ledger holds no bets',
    );
  });

  test.each([
    ['bets', { bets: 1 }],
    ['a sale that was closed', { closedWith: COMPLETE }],
  ])('is taken with %s', (_, held) => {
    expect(() => requireMeantDeadline(deadline, { ...EMPTY_LEDGER, ...held }, nowMs)).not.toThrow();
  });

  test('concerns no other deadline', () => {
    expect(() => requireMeantDeadline(undefined, EMPTY_LEDGER, nowMs)).not.toThrow();
    const duration = { action: 'draw', afterFirstFinishMs: 0 } as const;
    expect(() => requireMeantDeadline(duration, EMPTY_LEDGER, nowMs)).not.toThrow();
    expect(() => requireMeantDeadline(deadline, EMPTY_LEDGER, deadline.atMs - 1)).not.toThrow();
  });
});
