import { freshnessOf, reopenPauseMs } from './freshness';

test.each([
  ['connecting', undefined, 'connecting'],
  ['open', undefined, 'connecting'],
  ['open', 0, 'live'],
  ['open', 3_000, 'live'],
  ['open', 4_000, 'stale'],
  ['connecting', 100, 'lost'],
  ['closed', 100, 'lost'],
  ['closed', undefined, 'lost'],
] as const)('a feed that is %s and silent for %s ms is %s', (connection, silentMs, freshness) => {
  expect(freshnessOf(connection, silentMs)).toBe(freshness);
});

test('pauses grow, within a bound, and are not the same for everybody', () => {
  expect([1, 2, 3, 4, 5, 9, 2_000].map((failures) => reopenPauseMs(failures, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000,
  ]);
  expect(reopenPauseMs(1, 0)).toBe(500);
  expect(reopenPauseMs(2_000, 0.5)).toBe(11_250);
});
