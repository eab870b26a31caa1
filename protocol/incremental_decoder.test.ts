import fc from 'fast-check';

import { encodeBet } from './bet';
import { REQUEST_HEADER_BYTES } from './limits';
import { RequestDecoder } from './request_decoder';
import { batches, splits } from './testing/arbitraries';
import { decodeAll } from './testing/decode_all';

/** What a decoder may hold when nothing, or next to nothing, of a message has come. */
const SMALL_BYTES = 256;

const header = (payloadBytes: number): Buffer =>
  Buffer.from(`BET${String(payloadBytes).padStart(8, '0')}000100000001`);

describe('memory', () => {
  test('a header that promises 99,999,999 bytes costs next to nothing', () => {
    const decoder = new RequestDecoder();
    expect(decodeAll(decoder, [header(99_999_999)])).toEqual([]);
    expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(SMALL_BYTES);
  });

  test('it grows with the bytes that have come, never beyond twice as many', () => {
    const decoder = new RequestDecoder();
    decodeAll(decoder, [header(99_999_999)]);
    let receivedBytes = REQUEST_HEADER_BYTES;
    for (let chunkBytes = 1; chunkBytes <= 1 << 20; chunkBytes *= 4) {
      decodeAll(decoder, [Buffer.alloc(chunkBytes, 'x')]);
      receivedBytes += chunkBytes;
      expect(decoder.heldCapacityBytes).toBeGreaterThanOrEqual(receivedBytes);
      expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(Math.max(SMALL_BYTES, 4 * receivedBytes));
    }
  });

  test('it is never more than the message and is given back when the message is whole', () => {
    fc.assert(
      fc.property(
        batches().chain(({ bytes }) => fc.tuple(fc.constant(bytes), splits(bytes))),
        ([bytes, chunks]) => {
          const decoder = new RequestDecoder();
          let messages = 0;
          for (const chunk of chunks) {
            messages += decodeAll(decoder, [chunk]).length;
            expect(decoder.heldCapacityBytes).toBeLessThanOrEqual(Math.max(SMALL_BYTES, bytes.length));
          }
          expect(messages).toBe(1);
          expect(decoder.heldCapacityBytes).toBe(0);
        },
      ),
    );
  });

  test('a message that lies whole in a chunk is read where it lies', () => {
    const decoder = new RequestDecoder();
    const chunk = encodeBet(1, ['1,1,Ana,Paz,1,2000-01-01,1']);
    const [message] = decodeAll(decoder, [chunk]);
    expect(message).toMatchObject({ type: 'BET', payload: { buffer: chunk.buffer } });
    expect(decoder.heldCapacityBytes).toBe(0);
  });
});

describe('use', () => {
  test('nothing pushed, nothing read', () => {
    const decoder = new RequestDecoder();
    expect(decoder.next()).toBeUndefined();
    decoder.push(Buffer.alloc(0));
    expect(decoder.next()).toBeUndefined();
    expect(decoder.isInMessage).toBe(false);
  });

  test('whoever has enough may stop, and go on later', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.from('ECHO 1\nECHO 2\nECHO'));
    expect(decoder.next()).toMatchObject({ line: Buffer.from('ECHO 1\n') });
    expect(decoder.isInMessage).toBe(true);
    expect(decoder.next()).toMatchObject({ line: Buffer.from('ECHO 2\n') });
    expect(decoder.next()).toBeUndefined();
    expect(decoder.isInMessage).toBe(true);
    decoder.push(Buffer.from(' 3\n'));
    expect(decoder.next()).toMatchObject({ line: Buffer.from('ECHO 3\n') });
    expect(decoder.isInMessage).toBe(false);
  });

  test('a chunk on top of one that was not read to its end is a mistake of the caller', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.from('ECHO 1\nECHO 2\n'));
    decoder.next();
    expect(() => decoder.push(Buffer.from('ECHO 3\n'))).toThrow('was not read to its end');
  });
});
