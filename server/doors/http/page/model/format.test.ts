import {
  formatAge,
  formatBytes,
  formatClock,
  formatCompact,
  formatCount,
  formatCountdown,
  formatMany,
  formatMilliseconds,
  formatMoment,
  formatPrecise,
  formatRecent,
  formatShort,
  formatTime,
} from './format';

test.each([
  [0, '0'],
  [999, '999'],
  [78_000, '78,000'],
  [9_876_543_210, '9,876,543,210'],
  [12.6, '13'],
])('%d counts as %s', (count, text) => expect(formatCount(count)).toBe(text));

test.each([
  [999_999, '999,999'],
  [1_234_567, '1.23M'],
])('%d is %s where room is short', (count, text) => expect(formatShort(count)).toBe(text));

test('an axis has the shortest form', () => {
  expect([0, 950, 2_500, 60_000, 1_250_000, 3e9].map(formatCompact)).toEqual([
    '0',
    '950',
    '2.5K',
    '60K',
    '1.25M',
    '3B',
  ]);
});

test.each([
  [0, '0 B'],
  [1_023, '1,023 B'],
  [1_024, '1 KiB'],
  [37_900, '37 KiB'],
  [1_572_864, '1.5 MiB'],
  [5 * 1_024 ** 3, '5 GiB'],
  [3_000 * 1_024 ** 4, '3,000 TiB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, '0 ms'],
  [0.31, '0.31 ms'],
  [12.345, '12.3 ms'],
  [999, '999 ms'],
  [1_234, '1.23 s'],
])('%d ms are %s', (milliseconds, text) => expect(formatMilliseconds(milliseconds)).toBe(text));

test.each([
  [-5, '0 s'],
  [999, '0 s'],
  [12_000, '12 s'],
  [60_000, '1 min'],
  [185_000, '3 min 5 s'],
  [7_980_000, '2 h 13 min'],
  [3_601_000, '1 h'],
  [349_200_000, '4 d 1 h'],
])('an age of %d ms is %s', (milliseconds, text) => expect(formatAge(milliseconds)).toBe(text));

test('three digits count', () => {
  expect([6.5625, 0.001234, 1_234.5].map(formatPrecise)).toEqual(['6.56', '0.00123', '1,230']);
});

test('a time of the day has 24 hours', () => {
  expect(formatTime(Date.UTC(2026, 0, 1, 0, 5, 9))).toMatch(/^\d\d:\d\d:09$/);
  const midnight = new Date(2026, 0, 1, 0, 0, 0).getTime();
  expect([midnight, midnight + 15 * 3_600_000].map(formatTime)).toEqual(['00:00:00', '15:00:00']);
});

test('one or many', () => {
  expect([0, 1, 2_000].map((count) => formatMany(count, 'agency', 'agencies'))).toEqual([
    '0 agencies',
    '1 agency',
    '2,000 agencies',
  ]);
});

test.each([
  [-5_000, '0:00'],
  [0, '0:00'],
  [1, '0:01'],
  [9_000, '0:09'],
  [3_599_000, '59:59'],
  [3_723_000, '1:02:03'],
  [183_845_000, '2 d 03:04:05'],
])('%i ms are counted down as %s', (leftMs, text) => {
  expect(formatCountdown(leftMs)).toBe(text);
});

test('a moment of another day is told with its day', () => {
  const nowMs = new Date(2026, 10, 28, 12).getTime();
  expect(formatMoment(nowMs - 60_000, nowMs)).toBe('11:59:00');
  expect(formatMoment(nowMs - 86_400_000, nowMs)).toBe('Nov 27, 2026, 12:00:00');
  expect(formatClock(nowMs - 60_000, nowMs)).toBe('11:59');
  expect(formatClock(nowMs - 86_400_000, nowMs)).toBe('Nov 27');
  expect(formatRecent(nowMs - 60_000, nowMs)).toBe('11:59:00');
  expect(formatRecent(nowMs - 86_400_000, nowMs)).toBe('Nov 27, 12:00');
});
