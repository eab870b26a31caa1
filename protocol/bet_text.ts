/** Reading bets that were checked before: what a ledger holds. */
import * as ascii from './ascii';
import { readDecimal } from './decimals';

const { COMMA, SEMICOLON } = ascii;

const BIRTHDATE_BYTES = 10;

/**
 * Calls `visit` with the document of every bet on `number`, in the order of the bets.
 *
 * @param text checked bets joined with `;`, as a `CheckedBatch` holds them
 * @param number 0 to 9999
 * @throws RangeError when the text holds something else
 */
export function forEachDocumentWithNumber(
  text: Buffer,
  number: number,
  visit: (document: string) => void,
): void {
  let start = 0;
  while (start < text.length) {
    const semicolon = text.indexOf(SEMICOLON, start);
    const end = semicolon < 0 ? text.length : semicolon;
    const numberStart = lastCommaBefore(text, end) + 1;
    if (readDecimal(text, numberStart, end) === number) {
      const documentEnd = numberStart - 1 - BIRTHDATE_BYTES - 1;
      visit(text.toString('latin1', lastCommaBefore(text, documentEnd) + 1, documentEnd));
    }
    start = end + 1;
  }
}

/**
 * Counts the bets on each number.
 *
 * @param text as {@link forEachDocumentWithNumber} takes it
 * @param counts by number, 0 to 9999; each bet adds one
 * @throws RangeError when the text holds something else
 */
export function countNumbers(text: Buffer, counts: Uint32Array): void {
  let start = 0;
  while (start < text.length) {
    const semicolon = text.indexOf(SEMICOLON, start);
    const end = semicolon < 0 ? text.length : semicolon;
    const number = readDecimal(text, lastCommaBefore(text, end) + 1, end);
    if (counts[number] === undefined) {
      throw new RangeError('the text holds something else than checked bets');
    }
    counts[number]++;
    start = end + 1;
  }
}

function lastCommaBefore(text: Buffer, end: number): number {
  let offset = end - 1;
  while (offset >= 0 && text[offset] !== COMMA) offset--;
  if (offset < 0) throw new RangeError('the text holds something else than checked bets');
  return offset;
}
