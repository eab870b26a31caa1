/**
 * The check value of an agency's batches (PROTOCOL.md, R27): CRC-32 of their payloads, one after the other. It does not
 * depend on where one batch ends and the next begins.
 */
import { crc32 } from 'node:zlib';

import { SEMICOLON } from './ascii';

/** The check value of no batch. */
export const NO_CHECK = 0;

/** The check value of a payload's first byte, `;`. */
const SEMICOLON_CHECK = crc32(Buffer.of(SEMICOLON));
/** The polynomial of CRC-32, its lowest power in the highest bit. */
const POLYNOMIAL = 0xedb88320;
/** The bits of a length that one table is for. */
const TABLE_BITS = 6;
const TABLE_SIZE = 2 ** TABLE_BITS;
/** x^(8n) for n = 0 … 63, for the next six bits of n, and so on: any length below 2^36 bytes. */
const POWERS: readonly Uint32Array[] = makePowers(6);

/**
 * The check value of bytes that follow others.
 *
 * @param bytes of payloads
 * @param before the check value of everything before them
 */
export function payloadCheck(bytes: Uint8Array, before = NO_CHECK): number {
  return crc32(bytes, before);
}

/** The check value of a batch whose text, the payload without its leading `;`, is given. */
export function textCheck(text: Uint8Array): number {
  return crc32(text, SEMICOLON_CHECK);
}

/**
 * The check value of two texts one after the other, from the check value of each.
 *
 * @param second the check value of the second one by itself
 * @param secondBytes how long the second one is, below 2^36 bytes
 */
export function joinChecks(first: number, second: number, secondBytes: number): number {
  let shifted = first;
  let rest = secondBytes;
  for (let table = 0; rest > 0; table++) {
    const power = rest % TABLE_SIZE;
    if (power > 0) shifted = multiply(POWERS[table]![power]!, shifted);
    rest = Math.floor(rest / TABLE_SIZE);
  }
  return (shifted ^ second) >>> 0;
}

/** The check value of a text alone, from that of its payload, which has a `;` before it. */
export function withoutSemicolon(check: number, textBytes: number): number {
  return joinChecks(SEMICOLON_CHECK, check, textBytes);
}

/** The product of two polynomials modulo that of CRC-32; bit 31 is x^0. */
function multiply(one: number, other: number): number {
  let product = 0;
  let factor = other;
  for (let bits = one | 0; bits !== 0; bits <<= 1) {
    if (bits < 0) product ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}

function makePowers(tables: number): Uint32Array[] {
  // x^8: bit 31 - 8.
  let step = 2 ** 23;
  return Array.from({ length: tables }, () => {
    const powers = new Uint32Array(TABLE_SIZE);
    // x^0: bit 31.
    powers[0] = 2 ** 31;
    for (let power = 1; power < TABLE_SIZE; power++) powers[power] = multiply(step, powers[power - 1]!);
    step = multiply(step, powers[TABLE_SIZE - 1]!);
    return powers;
  });
}
