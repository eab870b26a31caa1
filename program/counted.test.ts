import { counted } from './counted';

test.each([
  [0, 'batch', 'batches', '0 batches'],
  [1, 'batch', 'batches', '1 batch'],
  [2, 'bet', undefined, '2 bets'],
  [1, 'bet', undefined, '1 bet'],
] as const)('%d of %s', (count, one, many, text) => {
  expect(counted(count, one, many)).toBe(text);
});
