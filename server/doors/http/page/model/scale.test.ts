import { niceCeiling, rangeFromZero, rangeOfGrowth } from './scale';

test.each([
  [0, 1],
  [1, 1],
  [1.2, 2],
  [3, 5],
  [7, 10],
  [10, 10],
  [11, 20],
  [4_999, 5_000],
  [5_001, 10_000],
])('the round number above %d is %d', (value, ceiling) => expect(niceCeiling(value)).toBe(ceiling));

test('an axis from 0 has some room above, and never no height', () => {
  expect(rangeFromZero(100)).toEqual([0, 108]);
  expect(rangeFromZero(0)).toEqual([0, 1]);
  expect(rangeFromZero(null)).toEqual([0, 1]);
});

test('an axis of what grows begins at 0, until nothing of the growth would be seen', () => {
  expect(rangeOfGrowth(0, 100)).toEqual([0, 108]);
  expect(rangeOfGrowth(49, 100)).toEqual([0, 108]);
  expect(rangeOfGrowth(900, 1_000)).toEqual([892, 1_008]);
  expect(rangeOfGrowth(100, 100)).toEqual([0, 108]);
  expect(rangeOfGrowth(null, null)).toEqual([0, 1]);
});
