import * as ascii from './ascii';

// A constant of this module is known when it is compiled; one of another is looked up at each use.
const { NINE, ZERO } = ascii;
const { MAX_SAFE_INTEGER } = Number;

/** What {@link readDecimal} answers where the bytes are no decimal number. */
export const NOT_DECIMAL = -1;

/**
 * Reads ASCII decimal digits in place.
 *
 * @param bytes where the digits lie
 * @param start offset of the first digit
 * @param end offset after the last digit
 * @returns the value, {@link Number.MAX_SAFE_INTEGER} for anything above it, or {@link NOT_DECIMAL} when
 *   there is no byte or one that is no digit
 */
export function readDecimal(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return NOT_DECIMAL;
  let offset = start;
  // There can be as many zeros as a message has bytes.
  while (offset < end && bytes[offset] === ZERO) offset++;
  let value = 0;
  for (; offset < end; offset++) {
    const byte = bytes[offset]!;
    if (byte < ZERO || byte > NINE) return NOT_DECIMAL;
    value = value * 10 + (byte - ZERO);
    if (value > MAX_SAFE_INTEGER) value = MAX_SAFE_INTEGER;
  }
  return value;
}

/**
 * Writes a whole number in exactly `width` digits, padded with zeros on the left.
 *
 * @throws RangeError when the value is no whole number or needs more digits
 */
export function zeroPadded(value: number, width: number): string {
  const digits = String(value);
  if (!Number.isSafeInteger(value) || value < 0 || digits.length > width) {
    throw new RangeError(`${value} does not fit ${width} decimal digits`);
  }
  return digits.padStart(width, '0');
}
