import { spreadOf } from './figures';

test.each([
  [[3], { min: 3, median: 3, max: 3 }],
  [[30, 1, 2], { min: 1, median: 2, max: 30 }],
  [[4, 1, 10, 2], { min: 1, median: 3, max: 10 }],
])('the spread of %j', (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});
