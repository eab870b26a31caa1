import { agencySizes } from './agency_sizes';

const sum = (sizes: readonly number[]): number => sizes.reduce((one, other) => one + other, 0);

test('splits the default as a country does', () => {
  expect(agencySizes(5, 78_000)).toEqual([27_118, 23_005, 17_245, 9_841, 791]);
});

test.each([
  [1, 0],
  [1, 1],
  [1, 1_000_000_000],
  [2, 3],
  [5, 5],
  [5, 6],
  [7, 78_000],
  [100, 101],
  [999, 1_000_003],
  [10_000, 1_000_000_000],
])('%d agencies share %d bets exactly, falling, with one at least', (agencies, bets) => {
  const sizes = agencySizes(agencies, bets);
  expect(sizes).toHaveLength(agencies);
  expect(sum(sizes)).toBe(bets);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(bets >= agencies ? 1 : 0);
  expect([...sizes].sort((one, other) => other - one)).toEqual(sizes);
});

test('where there are fewer bets than agencies, the first ones have one each', () => {
  expect(agencySizes(4, 2)).toEqual([1, 1, 0, 0]);
});
