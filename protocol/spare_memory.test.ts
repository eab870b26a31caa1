import fc from 'fast-check';

import { encodeBet } from './bet';
import { Request, RequestDecoder } from './request_decoder';
import { SpareMemory } from './spare_memory';

test('what was given is taken again, by whoever needs about as much', () => {
  const spare = new SpareMemory();
  const piece = Buffer.alloc(1_000);
  spare.give(piece);
  expect(spare.take(1_001)).toBeUndefined();
  expect(spare.take(499)).toBeUndefined();
  expect(spare.take(500)).toBe(piece);
  expect(spare.take(500)).toBeUndefined();
});

test('it keeps no more than its bound, and no large piece', () => {
  const spare = new SpareMemory();
  for (let count = 0; count < 100; count++) spare.give(Buffer.alloc(256 * 1024));
  let kept = 0;
  while (spare.take(256 * 1024) !== undefined) kept++;
  expect(kept).toBe(8);
  spare.give(Buffer.alloc(512 * 1024 + 1));
  expect(spare.take(512 * 1024)).toBeUndefined();
});

/** The payload of a message, copied: its memory is used again. */
const payloadOf = (message: Request): string => (message.type === 'BET' ? message.payload.toString() : '');

test('decoders that share it read the same as those that do not, however the bytes are split', () => {
  const message = fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 30 }))
    .map(([batchId, bets]) => encodeBet(batchId, Array(bets).fill(`1,${batchId},Ana,Paz,1,1987-03-17,1`)));
  const stream = fc.array(message, { minLength: 1, maxLength: 6 }).map((messages) => Buffer.concat(messages));
  const chunkBytes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(stream, stream, chunkBytes, (first, second, sizes) => {
      const spare = new SpareMemory();
      const sharing = [first, second].map((bytes) => ({
        bytes,
        decoder: new RequestDecoder(undefined, spare),
      }));
      const read: string[][] = [[], []];
      for (let turn = 0; sharing.some(({ bytes }) => bytes.length > 0); turn++) {
        const stream = sharing[turn % 2]!;
        const size = sizes[turn % sizes.length]!;
        stream.decoder.push(Buffer.from(stream.bytes.subarray(0, size)));
        stream.bytes = stream.bytes.subarray(size);
        for (let next = stream.decoder.next(); next !== undefined; next = stream.decoder.next()) {
          read[turn % 2]!.push(payloadOf(next));
        }
      }
      const alone = [first, second].map((bytes) => {
        const decoder = new RequestDecoder();
        decoder.push(bytes);
        const payloads: string[] = [];
        for (let next = decoder.next(); next !== undefined; next = decoder.next())
          payloads.push(payloadOf(next));
        return payloads;
      });
      expect(read).toEqual(alone);
    }),
  );
});
