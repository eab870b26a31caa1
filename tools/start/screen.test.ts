import { barSize } from './bars';
import { hasBarForEach, progressLine } from './screen';

test('there is a bar for each agency as long as they fit the screen', () => {
  expect(hasBarForEach(20, 50)).toBe(true);
  expect(hasBarForEach(21, 50)).toBe(false);
  expect(hasBarForEach(12, 13)).toBe(true);
  expect(hasBarForEach(12, 12)).toBe(false);
});

test.each([61, 80, 100])('a bar with its numbers fits %d columns', (columns) => {
  const label = 'agency 12';
  const size = barSize(label.length, columns);
  const line = `${label} ${'█'.repeat(size)} 100 %  9,999,999 bets  9,999,999 bets/s`;
  expect(line.length).toBe(columns - 1);
});

test('a bar is neither longer nor shorter than can be read', () => {
  expect(barSize(9, 500)).toBe(60);
  expect(barSize(9, 20)).toBe(10);
});

test('without a terminal there is a line', () => {
  const extent = { readBytes: 629, fileBytes: 1_000, storedBets: 45_000, betsPerSecond: 33_000 };
  expect(progressLine(extent)).toBe('62 % read, 45,000 bets stored, 33,000 bets/s');
  expect(progressLine({ ...extent, fileBytes: 0 })).toContain('100 %');
});
