import fc from 'fast-check';

// Takes FC_SEED from the environment.
import './testing/arbitraries';
import { joinChecks, NO_CHECK, payloadCheck, textCheck, withoutSemicolon } from './payload_check';

const bytes = fc.uint8Array({ maxLength: 10_000 });

test('is CRC-32', () => {
  expect(payloadCheck(Buffer.from('123456789'))).toBe(0xcbf43926);
  expect(payloadCheck(Buffer.alloc(0))).toBe(NO_CHECK);
});

test('of bytes one after the other is that of all', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const all = Buffer.concat([one, other]);
      expect(payloadCheck(other, payloadCheck(one))).toBe(payloadCheck(all));
      expect(joinChecks(payloadCheck(one), payloadCheck(other), other.length)).toBe(payloadCheck(all));
    }),
  );
});

test('of a text is that of its payload', () => {
  expect(textCheck(Buffer.from('1,1,Ana'))).toBe(payloadCheck(Buffer.from(';1,1,Ana')));
});

test('of a text alone is found from that of its payload', () => {
  fc.assert(
    fc.property(bytes, (text) => {
      expect(withoutSemicolon(textCheck(text), text.length)).toBe(payloadCheck(text));
    }),
  );
});

test('of long texts is joined from the right tables', () => {
  for (const length of [63, 64, 65, 4_095, 4_096, 262_144, 5_000_001]) {
    const zeros = Buffer.alloc(length);
    const before = payloadCheck(Buffer.from('x'));
    expect(joinChecks(before, payloadCheck(zeros), length)).toBe(payloadCheck(zeros, before));
  }
});
