/**
 * AssemblyScript, compiled to WebAssembly: what `bet_fields.ts` checks, for bets as agencies usually write them, with many
 * bytes looked at in one step. Where it stops, nothing is wrong yet: the bet there is for `bet_fields.ts`.
 *
 * The bytes lie from offset 0 on, and the memory goes on for `READ_AHEAD_BYTES` behind them.
 */

const COMMA: u32 = 0x2c;
const SEMICOLON: u32 = 0x3b;
const DELETE: i8 = 0x7f;
const SPACE: i8 = 0x20;
const ZERO: u32 = 0x30;
const ZEROS: u64 = 0x3030303030303030;
const WORD_BYTES: u32 = 8;
const VECTOR_BYTES: u32 = 16;

const MAX_BETS: i32 = 9_999;
/** An agency and the comma behind it fit a word. */
const MAX_AGENCY_DIGITS: u32 = 7;
/** One digit more could be above the last id. */
const MAX_BET_ID_DIGITS: u32 = 15;
const MAX_NAME_BYTES: u32 = 128;
const MAX_DOCUMENT_DIGITS: u32 = 20;
const MAX_NUMBER_DIGITS: u32 = 4;
const MIN_BIRTH_YEAR: u32 = 1_900;
const BIRTHDATE_BYTES: u32 = 10;
/** `0000-00-`, as it lies in memory. */
const BIRTHDATE_BEGINNING: u64 = 0x2d30302d30303030;
const BEGINNING_HYPHENS: u64 = 0xff0000ff00000000;
/** `00,`, as it lies in memory. */
const BIRTHDATE_REST: u32 = 0x2c3030;
const REST_COMMA: u32 = 0xff0000;
const REST_BYTES: u32 = 0xffffff;
/** A bit for each month of 31 days: 1, 3, 5, 7, 8, 10 and 12. */
const LONG_MONTHS: u32 = 0x15aa;

const HIGH_BITS: u64 = 0x8080808080808080;
/** Added to a byte below 128, it sets the high bit of one above nine. */
const ABOVE_NINE: u64 = 0x7676767676767676;

let count: i32 = 0;

/** How many bets the last `scan` has found good. */
export function betCount(): i32 {
  return count;
}

/**
 * Checks bets from the first on, all of the first one's agency.
 *
 * @param end how many bytes there are; the byte behind them is overwritten
 * @returns the offset of the `;` before the first bet that was not found good; `end` when all were
 */
export function scan(end: u32): u32 {
  count = 0;
  // Behind the last bet stands what stands behind the others: nothing below reads past it unseen.
  store<u8>(end, SEMICOLON);
  const agencyDigits = digitsAt(1);
  if (agencyDigits - 1 >= MAX_AGENCY_DIGITS || load<u8>(1) == ZERO) return 0;
  if (load<u8>(0) != SEMICOLON || load<u8>(1 + agencyDigits) != COMMA) return 0;
  const agencyMask = u64.MAX_VALUE >> (8 * <u64>(WORD_BYTES - 1 - agencyDigits));
  const agency = load<u64>(1) & agencyMask;
  let offset: u32 = 0;
  while (offset < end && count < MAX_BETS) {
    if ((load<u64>(offset, 1) & agencyMask) != agency) break;
    const betEnd = restEnd(offset + agencyDigits + 2);
    if (betEnd == 0) break;
    offset = betEnd;
    count++;
  }
  return offset;
}

/** @returns the end of the bet whose id begins at `start`; 0 when it was not found good */
function restEnd(start: u32): u32 {
  let digits = longDigitsAt(start);
  if (digits - 1 >= MAX_BET_ID_DIGITS || load<u8>(start) == ZERO) return 0;
  let offset = start + digits;
  if (load<u8>(offset) != COMMA) return 0;

  const firstName = offset + 1;
  offset = nameEnd(firstName);
  if (offset - firstName - 1 >= MAX_NAME_BYTES || load<u8>(offset) != COMMA) return 0;
  const lastName = offset + 1;
  offset = nameEnd(lastName);
  if (offset - lastName - 1 >= MAX_NAME_BYTES || load<u8>(offset) != COMMA) return 0;

  const document = offset + 1;
  digits = longDigitsAt(document);
  if (digits - 1 >= MAX_DOCUMENT_DIGITS) return 0;
  offset = document + digits;
  if (load<u8>(offset) != COMMA || !isBirthdate(offset + 1)) return 0;

  const number = offset + 1 + BIRTHDATE_BYTES + 1;
  digits = digitsAt(number);
  if (digits - 1 >= MAX_NUMBER_DIGITS) return 0;
  offset = number + digits;
  return load<u8>(offset) == SEMICOLON ? offset : 0;
}

/** A bit for each byte above nine: its highest. */
function aboveNine(bytes: u64): u64 {
  return (((bytes & ~HIGH_BITS) + ABOVE_NINE) | bytes) & HIGH_BITS;
}

/** How many digits stand there, up to 8. */
function digitsAt(offset: u32): u32 {
  return <u32>(ctz(aboveNine(load<u64>(offset) ^ ZEROS)) >> 3);
}

/** How many digits stand there, up to 24. */
function longDigitsAt(offset: u32): u32 {
  const digits = digitsAt(offset);
  if (digits < WORD_BYTES) return digits;
  const more = digitsAt(offset + WORD_BYTES);
  return more < WORD_BYTES ? WORD_BYTES + more : 2 * WORD_BYTES + digitsAt(offset + 2 * WORD_BYTES);
}

/** Where the name that begins at `start` ends; `start` when it is too long for one. */
function nameEnd(start: u32): u32 {
  let offset = start;
  while (offset - start <= MAX_NAME_BYTES) {
    const bytes = v128.load(offset);
    const controls = v128.or(i8x16.lt_u(bytes, i8x16.splat(SPACE)), i8x16.eq(bytes, i8x16.splat(DELETE)));
    const separators = v128.or(
      i8x16.eq(bytes, i8x16.splat(<i8>COMMA)),
      i8x16.eq(bytes, i8x16.splat(<i8>SEMICOLON)),
    );
    const stops = i8x16.bitmask(v128.or(controls, separators));
    if (stops != 0) return offset + <u32>ctz(stops);
    offset += VECTOR_BYTES;
  }
  return start;
}

/** Whether the ten bytes there are `YYYY-MM-DD` and a day of the Gregorian calendar, with a comma behind them. */
function isBirthdate(offset: u32): bool {
  // What is left of a digit is its value, and of what must be a hyphen or the comma nothing.
  const beginning = load<u64>(offset) ^ BIRTHDATE_BEGINNING;
  const rest = (load<u32>(offset, WORD_BYTES) & REST_BYTES) ^ BIRTHDATE_REST;
  if ((beginning & BEGINNING_HYPHENS) != 0 || (rest & REST_COMMA) != 0) return false;
  if ((aboveNine(beginning) | aboveNine(<u64>rest)) != 0) return false;
  const year =
    valueAt(beginning, 0) * 1_000 +
    valueAt(beginning, 1) * 100 +
    valueAt(beginning, 2) * 10 +
    valueAt(beginning, 3);
  const month = valueAt(beginning, 5) * 10 + valueAt(beginning, 6);
  const day = valueAt(rest, 0) * 10 + valueAt(rest, 1);
  return year >= MIN_BIRTH_YEAR && month - 1 < 12 && day >= 1 && day <= daysOf(month, year);
}

function valueAt(bytes: u64, index: u64): u32 {
  return (<u32>(bytes >> (8 * index))) & 0xff;
}

function daysOf(month: u32, year: u32): u32 {
  if (month != 2) return 30 + ((LONG_MONTHS >> month) & 1);
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
}
