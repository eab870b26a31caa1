/**
 * AssemblyScript, compiled to WebAssembly: finds bets on a number, with sixteen bytes looked at in one step.
 *
 * The bytes lie from offset 0 on, and the memory goes on for `READ_AHEAD_BYTES` behind them.
 */

const COMMA: u32 = 0x2c;
const SEMICOLON: u32 = 0x3b;
const ZERO: u32 = 0x30;
const VECTOR_BYTES: u32 = 16;
const MAX_NUMBER_DIGITS: u32 = 4;
const NO_NUMBER: u32 = u32.MAX_VALUE;

/**
 * @param from where to begin: 0, or behind the `;` behind a bet
 * @param end how many bytes there are, checked bets joined with `;`; the byte behind them is overwritten
 * @returns where the next bet on the number ends: the offset of the `;` behind it, or `end`; -1 when there is none
 */
export function findNumber(from: u32, end: u32, number: u32): i32 {
  store<u8>(end, SEMICOLON);
  const lastDigit = i8x16.splat(<i8>(ZERO + (number % 10)));
  const semicolon = i8x16.splat(<i8>SEMICOLON);
  for (let offset = from; offset < end; offset += VECTOR_BYTES) {
    const isLast = v128.and(
      i8x16.eq(v128.load(offset), lastDigit),
      i8x16.eq(v128.load(offset, 1), semicolon),
    );
    let lasts = i8x16.bitmask(isLast);
    while (lasts != 0) {
      const betEnd = offset + <u32>ctz(lasts) + 1;
      if (betEnd > end) return -1;
      if (numberBefore(betEnd) == number) return betEnd;
      lasts &= lasts - 1;
    }
  }
  return -1;
}

/** The number whose digits end there, behind a comma. */
function numberBefore(end: u32): u32 {
  let value: u32 = 0;
  let unit: u32 = 1;
  for (let digits: u32 = 0; digits < end; digits++) {
    const byte = <u32>load<u8>(end - digits - 1);
    if (byte == COMMA) return value;
    if (digits == MAX_NUMBER_DIGITS || byte - ZERO > 9) break;
    value += (byte - ZERO) * unit;
    unit *= 10;
  }
  return NO_NUMBER;
}
