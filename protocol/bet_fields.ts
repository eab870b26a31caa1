/**
 * A bet on the wire: `agency,bet_id,first_name,last_name,document,birthdate,number`, checked where its bytes
 * lie (PROTOCOL.md, R5). Nothing is copied and no text is made, unless something is wrong.
 */
import * as ascii from './ascii';
import { readDecimal } from './decimals';
import { MAX_BET_ID, MAX_DOCUMENT_DIGITS, MAX_NAME_BYTES, MAX_NUMBER_DIGITS, MIN_BIRTH_YEAR } from './limits';

// Constants of this module are known when it is compiled; those of another are looked up at each use.
const { COMMA, DELETE, HYPHEN, SEMICOLON, SPACE, ZERO } = ascii;

/** The fields of a bet, in their order, with what is valid in each: the words of an error message. */
export const BET_FIELDS = [
  { name: 'agency', rule: 'a whole number from 1 on, in decimal digits' },
  { name: 'bet_id', rule: `a whole number from 1 to ${MAX_BET_ID}, in decimal digits` },
  {
    name: 'first_name',
    rule: `1 to ${MAX_NAME_BYTES} bytes of UTF-8 without comma, semicolon and control characters`,
  },
  {
    name: 'last_name',
    rule: `1 to ${MAX_NAME_BYTES} bytes of UTF-8 without comma, semicolon and control characters`,
  },
  { name: 'document', rule: `1 to ${MAX_DOCUMENT_DIGITS} decimal digits` },
  { name: 'birthdate', rule: `a day of the calendar from ${MIN_BIRTH_YEAR} on, written YYYY-MM-DD` },
  { name: 'number', rule: '0 to 9999, one to four decimal digits' },
] as const;

/** What is wrong with a bet. */
export interface BetProblem {
  /** The field, or `bet` where it has not seven of them. */
  readonly field: (typeof BET_FIELDS)[number]['name'] | 'bet';
  /** What is allowed there. */
  readonly rule: string;
}

const BIRTHDATE_BYTES = 10;
/** An id with fewer digits than the highest one is below it. */
const MAX_BET_ID_TEXT = String(MAX_BET_ID);
const MAX_BET_ID_DIGITS = MAX_BET_ID_TEXT.length;
/** More than any year. */
const MANY = 1_000_000;
const DAYS_IN_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** 1 for a byte that may stand in a name; the bytes of a character beyond ASCII are checked apart, as UTF-8. */
const IS_NAME_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= SPACE && byte !== DELETE && byte !== COMMA && byte !== SEMICOLON ? 1 : 0,
);

/**
 * Finds the end of the bet that begins at `start`, checking all of its fields but one thing: that names are
 * valid UTF-8, which is cheaper to see for a whole batch at once.
 *
 * @param end where the bytes end; the bet ends there or at a `;` before
 * @returns the offset after the bet, or a negative number: -1 when the first field is wrong, -2 the second, …
 */
export function betEnd(bytes: Uint8Array, start: number, end: number): number {
  let offset = digitsEnd(bytes, start, end);
  if (bytes[offset] !== COMMA || isBelowOne(bytes, start, offset)) return -1;
  const betId = offset + 1;
  offset = digitsEnd(bytes, betId, end);
  if (bytes[offset] !== COMMA || !isBetId(bytes, betId, offset)) return -2;
  const firstName = offset + 1;
  offset = nameEnd(bytes, firstName, end);
  if (bytes[offset] !== COMMA || isOutside(offset - firstName, MAX_NAME_BYTES)) return -3;
  const lastName = offset + 1;
  offset = nameEnd(bytes, lastName, end);
  if (bytes[offset] !== COMMA || isOutside(offset - lastName, MAX_NAME_BYTES)) return -4;
  const document = offset + 1;
  offset = digitsEnd(bytes, document, end);
  if (bytes[offset] !== COMMA || isOutside(offset - document, MAX_DOCUMENT_DIGITS)) return -5;
  const birthdate = offset + 1;
  offset = birthdate + BIRTHDATE_BYTES;
  if (offset >= end || bytes[offset] !== COMMA || !isBirthdate(bytes, birthdate)) return -6;
  const number = offset + 1;
  offset = digitsEnd(bytes, number, end);
  if (isOutside(offset - number, MAX_NUMBER_DIGITS)) return -7;
  return offset === end || bytes[offset] === SEMICOLON ? offset : -7;
}

/**
 * Says what is wrong with the bet between `start` and `end`, given the answer of {@link betEnd}: a count of
 * fields other than seven is named before any field.
 */
export function betProblem(bytes: Uint8Array, start: number, end: number, answer: number): BetProblem {
  let commas = 0;
  for (let offset = start; offset < end; offset++) if (bytes[offset] === COMMA) commas++;
  if (commas !== BET_FIELDS.length - 1) {
    return { field: 'bet', rule: `${BET_FIELDS.length} fields joined with commas, not ${commas + 1}` };
  }
  const field = BET_FIELDS[-answer - 1];
  if (field === undefined) throw new RangeError(`${answer} names no field`);
  return { field: field.name, rule: field.rule };
}

/** The offset of the first byte from `start` on that is no digit, or `end`. */
export function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;
  while (offset < end && (bytes[offset]! - ZERO) >>> 0 <= 9) offset++;
  return offset;
}

/** The offset of the first byte from `start` on that cannot stand in a name, or `end`. */
function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;
  while (offset < end && IS_NAME_BYTE[bytes[offset]!] === 1) offset++;
  return offset;
}

function isOutside(length: number, maximum: number): boolean {
  return length < 1 || length > maximum;
}

/** Whether the digits, maybe none, say less than 1. */
function isBelowOne(bytes: Uint8Array, start: number, end: number): boolean {
  return start === end || (bytes[start] === ZERO && readDecimal(bytes, start, end) < 1);
}

function isBetId(bytes: Uint8Array, start: number, end: number): boolean {
  const isShort = end - start < MAX_BET_ID_DIGITS;
  return isShort ? !isBelowOne(bytes, start, end) : isLongBetId(bytes, start, end);
}

/** Compares the digits after the leading zeros with those of the highest id: none of them is lost by rounding. */
function isLongBetId(bytes: Uint8Array, start: number, end: number): boolean {
  let first = start;
  while (first < end && bytes[first] === ZERO) first++;
  if (end - first !== MAX_BET_ID_DIGITS) return first < end && end - first < MAX_BET_ID_DIGITS;
  for (let index = 0; index < MAX_BET_ID_DIGITS; index++) {
    const difference = bytes[first + index]! - MAX_BET_ID_TEXT.charCodeAt(index);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** Whether the ten bytes at `start` are `YYYY-MM-DD` and a day of the Gregorian calendar. */
function isBirthdate(bytes: Uint8Array, start: number): boolean {
  if (bytes[start + 4] !== HYPHEN || bytes[start + 7] !== HYPHEN) return false;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (year < MIN_BIRTH_YEAR || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28 || day <= DAYS_IN_MONTH[month]!) return true;
  return month === 2 && day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The number that two digits say, or one far below zero. */
function twoDigits(bytes: Uint8Array, start: number): number {
  const tens = bytes[start]! - ZERO;
  const ones = bytes[start + 1]! - ZERO;
  return tens >>> 0 <= 9 && ones >>> 0 <= 9 ? tens * 10 + ones : -MANY;
}
