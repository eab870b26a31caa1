import fc from 'fast-check';

import { BetMessageBuilder, encodeBet } from './bet';
import { MAX_BATCH_ID, MAX_BATCH_SIZE, REQUEST_HEADER_BYTES } from './limits';
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

test('a message that is taken back becomes another one', () => {
  const builder = new BetMessageBuilder();
  builder.append('x'.repeat(50_000));
  const first = builder.build(1);
  builder.takeBack(first);
  builder.append(BET);
  builder.build(2);
  builder.append(BET);
  const third = builder.build(3);
  expect(third.buffer).toBe(first.buffer);
  expect(third).toEqual(encodeBet(3, [BET]));
  for (let bets = 0; bets < 2_000; bets++) builder.append(BET);
  expect(builder.build(4)).toHaveLength(REQUEST_HEADER_BYTES + 2_000 * (BET.length + 1) + 1);
});

test('a bet that was begun counts when it is committed, and can be begun anew', () => {
  const builder = new BetMessageBuilder();
  builder.append(BET);
  const start = builder.begin(20_000);
  builder.bytes.write('wrong', start);
  expect(builder.betCount).toBe(1);
  expect(builder.begin(BET.length)).toBe(start);
  builder.commit(start + builder.bytes.write(BET, start));
  expect(builder.betCount).toBe(2);
  expect(builder.build(9)).toEqual(encodeBet(9, [BET, BET]));
});

test('room that was asked for is there, also for the closing line feed', () => {
  const builder = new BetMessageBuilder();
  const start = builder.begin(100_000);
  builder.bytes.fill('x', start, start + 100_000);
  builder.commit(start + 100_000);
  expect(builder.build(1).toString('latin1', REQUEST_HEADER_BYTES)).toBe(`;${'x'.repeat(100_000)}\n`);
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
