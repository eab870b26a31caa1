import { isUtf8 } from 'node:buffer';

const MAX_CHARACTER_BYTES = 4;
/** Below this, characters are looked at one by one. */
const FEW_BYTES = 16;

/**
 * Finds where bytes stop being UTF-8, in little more time than it takes to see that they do.
 *
 * @returns the offset of the first byte that begins no character; the length when all is UTF-8
 */
export function utf8End(bytes: Buffer): number {
  if (isUtf8(bytes)) return bytes.length;
  let start = 0;
  let end = bytes.length;
  // What is before `start` is UTF-8, and what is before `end` is not.
  while (end - start > FEW_BYTES) {
    const middle = characterStart(bytes, start + Math.floor((end - start) / 2));
    if (isUtf8(bytes.subarray(start, middle))) start = middle;
    else end = middle;
  }
  for (let next = characterEnd(bytes, start); next > start; next = characterEnd(bytes, start)) start = next;
  return start;
}

/** The offset at or before this one at which no character is cut. */
function characterStart(bytes: Buffer, offset: number): number {
  for (let start = offset; start > offset - MAX_CHARACTER_BYTES; start--) {
    if (!isContinuation(bytes[start])) return start;
  }
  // Four such bytes are more than any character has: this one is of none that began before.
  return offset;
}

/** The offset after the character that begins here; the same offset when none does. */
function characterEnd(bytes: Buffer, start: number): number {
  for (let end = start + 1; end <= Math.min(start + MAX_CHARACTER_BYTES, bytes.length); end++) {
    if (isUtf8(bytes.subarray(start, end))) return end;
  }
  return start;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
