/** Reading bets that were checked before: what a ledger holds. */
import * as ascii from './ascii';
import { AssemblyModule } from './assembly_module';
import { readDecimal } from './decimals';

const { COMMA, SEMICOLON } = ascii;

const BIRTHDATE_BYTES = 10;

/** The search in WebAssembly: made at the first text, and `undefined` where this machine has none. */
let assembly: AssemblyModule | undefined;
let isLoaded = false;

/**
 * Calls `visit` with the document of every bet on `number`, in the order of the bets.
 *
 * @param text checked bets joined with `;`, as a `CheckedBatch` holds them
 * @param number 0 to 9999
 * @throws RangeError when the text holds something else, where that is noticed: the bets on other numbers are passed over
 */
export function forEachDocumentWithNumber(
  text: Buffer,
  number: number,
  visit: (document: string) => void,
): void {
  if (!isLoaded) assembly = AssemblyModule.load();
  isLoaded = true;
  const find = assembly?.put(text) === true ? assembly.code.findNumber : findNumber.bind(undefined, text);
  for (let end = find(0, text.length, number); end >= 0; end = find(end + 1, text.length, number)) {
    const documentEnd = lastCommaBefore(text, end) - BIRTHDATE_BYTES - 1;
    visit(text.toString('latin1', lastCommaBefore(text, documentEnd) + 1, documentEnd));
  }
}

/** What `assembly/number_search.ts` does, for a text that has no room in its memory, and where there is none. */
function findNumber(text: Buffer, from: number, end: number, number: number): number {
  for (let start = from; start < end;) {
    const semicolon = text.indexOf(SEMICOLON, start);
    const betEnd = semicolon < 0 ? end : semicolon;
    if (readDecimal(text, lastCommaBefore(text, betEnd) + 1, betEnd) === number) return betEnd;
    start = betEnd + 1;
  }
  return -1;
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
