import { grouped, seconds, table, wrapped } from './table';

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  const text = table(
    ['agency', 'bets'],
    [
      ['1', '27,118'],
      ['12', '5'],
    ],
    ['total', '27,123'],
  );
  expect(text.split('\n')).toEqual([
    'agency     bets',
    '──────   ──────',
    '     1   27,118',
    '    12        5',
    '──────   ──────',
    ' total   27,123',
    '',
  ]);
});

test('no line ends with spaces', () => {
  expect(table(['a', 'long'], [['1', '']], ['2', ''])).not.toMatch(/ $/m);
});

test('words are broken into lines below the first', () => {
  expect(wrapped('winners:', ['111', '222', '333'], 16)).toBe('winners: 111 222\n         333\n');
  expect(wrapped('winners:', ['1'.repeat(20)], 16)).toBe(`winners: ${'1'.repeat(20)}\n`);
});

test('numbers and seconds are written out', () => {
  expect([grouped(0), grouped(999), grouped(1_234_567)]).toEqual(['0', '999', '1,234,567']);
  expect([seconds(949, 1), seconds(1_234, 2)]).toEqual(['0.9 s', '1.23 s']);
});
