import { isUtf8 } from 'node:buffer';

import fc from 'fast-check';

import './testing/arbitraries';
import { utf8End } from './utf8';

/** Looks at every beginning of the bytes, one after the other. */
function slowly(bytes: Buffer): number {
  let longest = 0;
  for (let end = 1; end <= bytes.length; end++) if (isUtf8(bytes.subarray(0, end))) longest = end;
  return longest;
}

/** Whole characters of every length, cut ones, stray bytes, and runs of one that are longer than what is looked at singly. */
const parts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(0x80, 0xbf, 0xf0, 0x41), fc.nat({ max: 60 }))
    .map(([byte, count]) => Buffer.alloc(count, byte)),
);

test('it is the end of the longest beginning that is UTF-8', () => {
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 6 }), (some) => {
      const bytes = Buffer.concat(some);
      expect(utf8End(bytes)).toBe(slowly(bytes));
    }),
    { numRuns: 2_000 },
  );
});
