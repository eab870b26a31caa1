import fc from 'fast-check';

import { BetMessageBuilder, encodeBet } from './bet';
import { MAX_BATCH_ID, MAX_BATCH_SIZE } from './limits';
import { batches, betText } from './testing/arbitraries';

const BET = '1,1,Ana,Paz,1,2000-01-01,1';

test('a message says how long it is in bytes, not in characters', () => {
  const message = encodeBet(3, ['1,1,Íñigo,Ñandú,1,2000-01-01,1']);
  expect(message.toString('utf8')).toBe('BET00000035000100000003;1,1,Íñigo,Ñandú,1,2000-01-01,1\n');
  expect(message).toHaveLength(23 + 35 + 1);
});

test('a builder writes what a plain join of the bets is', () => {
  const builder = new BetMessageBuilder();
  fc.assert(
    fc.property(batches({ maxBets: 40 }), ({ batchId, bets }) => {
      for (const bet of bets) builder.append(betText(bet));
      const payload = bets.map((bet) => `;${betText(bet)}`).join('');
      const sizes = [
        [Buffer.byteLength(payload), 8],
        [bets.length, 4],
        [batchId, 8],
      ] as const;
      const header = sizes.map(([value, width]) => String(value).padStart(width, '0')).join('');
      expect(builder.build(batchId).toString('utf8')).toBe(`BET${header}${payload}\n`);
      expect(builder.betCount).toBe(0);
    }),
  );
});

test('a text of many bytes a character is not cut where the buffer ends', () => {
  const long = '中'.repeat(10_000);
  expect(encodeBet(1, [BET, long]).toString('utf8', 23)).toBe(`;${BET};${long}\n`);
});

test('a built message keeps its bytes when the builder goes on', () => {
  const builder = new BetMessageBuilder();
  builder.append(BET);
  const first = builder.build(1);
  const copy = Buffer.from(first);
  for (let count = 0; count < MAX_BATCH_SIZE; count++) builder.append(BET.replace('Ana', 'Eva'));
  builder.build(2);
  expect(first.equals(copy)).toBe(true);
});

test('append says where the bet lies, and undo takes it back', () => {
  const builder = new BetMessageBuilder();
  builder.append(BET);
  const { bytes, start, end } = builder.append('wrong');
  expect(bytes.toString('utf8', start, end)).toBe('wrong');
  builder.undo(start);
  expect(builder.betCount).toBe(1);
  builder.append(BET);
  expect(builder.build(9)).toEqual(encodeBet(9, [BET, BET]));
});

test('9,999 bets are a batch, none and 10,000 are not', () => {
  expect(
    encodeBet(
      1,
      Array.from({ length: MAX_BATCH_SIZE }, () => BET),
    ).subarray(11, 15),
  ).toEqual(Buffer.from('9999'));
  expect(() => encodeBet(1, [])).toThrow(RangeError);
  expect(() =>
    encodeBet(
      1,
      Array.from({ length: MAX_BATCH_SIZE + 1 }, () => BET),
    ),
  ).toThrow(RangeError);
});

test.each([0, -1, 1.5, Number.NaN, MAX_BATCH_ID + 1])('%p is no batch id', (batchId) => {
  expect(() => encodeBet(batchId, [BET])).toThrow(RangeError);
});

test('the batch id may be the last one', () => {
  expect(encodeBet(MAX_BATCH_ID, [BET]).subarray(15, 23)).toEqual(Buffer.from('99999999'));
});
