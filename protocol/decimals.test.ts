import { NOT_DECIMAL, readDecimal, zeroPadded } from './decimals';

const read = (text: string): number => readDecimal(Buffer.from(text), 0, text.length);

test('reads decimal digits, leading zeros included', () => {
  expect(read('00000105')).toBe(105);
  expect(read('0')).toBe(0);
});

test('refuses anything but digits, and nothing at all', () => {
  for (const text of ['', ' 1', '1 ', '+1', '-1', '1.0', 'x', '1e3']) expect(read(text)).toBe(NOT_DECIMAL);
});

test('stops at the largest safe integer, however many digits come', () => {
  expect(read('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  expect(read('99999999999999999999999999')).toBe(Number.MAX_SAFE_INTEGER);
});

test('pads with zeros and refuses what does not fit', () => {
  expect(zeroPadded(7, 4)).toBe('0007');
  expect(() => zeroPadded(10_000, 4)).toThrow(RangeError);
  expect(() => zeroPadded(-1, 4)).toThrow(RangeError);
  expect(() => zeroPadded(1.5, 4)).toThrow(RangeError);
});
