import fc from 'fast-check';

import '../../../../protocol/testing/arbitraries';
import { mayBeBatch } from './json_shape';

const bet = {
  bet_id: 1,
  first_name: 'a "quoted\\" name {[,',
  last_name: '\\',
  document: '1',
  birthdate: '2000-01-01',
  number: 1,
};

test('the longest batch is one', () => {
  const json = JSON.stringify({ bets: Array.from({ length: 9_999 }, () => bet) });
  expect(mayBeBatch(Buffer.from(json))).toBe(true);
});

test.each([
  ['many bets', `{"bets":[${'{},'.repeat(200_000)}{}]}`],
  ['many numbers', `[${'1,'.repeat(200_000)}1]`],
  ['many lists', '[]'.repeat(300_000)],
  ['bets with many members', `{"bets":[${`{${'"a":1,'.repeat(17)}"a":1},`.repeat(9_900)}{}]}`],
  ['much depth', '['.repeat(17)],
  ['many members', `{${'"":1,'.repeat(200_000)}"":1}`],
])('%s are none', (_, json) => {
  expect(mayBeBatch(Buffer.from(json))).toBe(false);
});

test('what stands in strings is not looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('\\', '"', '{', '[', ',', 'a') })), (texts) => {
      const many = '{[,'.repeat(100_000);
      expect(mayBeBatch(Buffer.from(JSON.stringify([...texts, many])))).toBe(true);
    }),
  );
});

test('a string without end is no more than itself', () => {
  expect(mayBeBatch(Buffer.from(`"${'\\"'.repeat(100_000)}`))).toBe(true);
});
