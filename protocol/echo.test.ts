import { encodeEcho, isHealthCheck } from './echo';
import { MAX_ECHO_BYTES } from './limits';

const MOST_TEXT_BYTES = MAX_ECHO_BYTES - 'ECHO \n'.length;

test('a line of 1,024 bytes can be written, one more cannot', () => {
  expect(encodeEcho('e'.repeat(MOST_TEXT_BYTES))).toHaveLength(MAX_ECHO_BYTES);
  expect(() => encodeEcho('e'.repeat(MOST_TEXT_BYTES + 1))).toThrow(RangeError);
});

test('what counts is bytes', () => {
  expect(() => encodeEcho('é'.repeat(MOST_TEXT_BYTES / 2 + 1))).toThrow(RangeError);
});

test('a text of two lines cannot be written', () => {
  expect(() => encodeEcho('a\nb')).toThrow(RangeError);
});

test.each([
  ['health', true],
  ['health 7d1f', true],
  ['healthy', false],
  ['Health', false],
  ['', false],
  [' health', false],
  ['hea', false],
])('a text %p is that of a health check: %p', (text, isOne) => {
  expect(isHealthCheck(encodeEcho(text))).toBe(isOne);
});
