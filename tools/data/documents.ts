/**
 * Identity documents: numbered in the order of birth, so that a document shows about when its holder was born.
 * Each year has a block of numbers as large as the number of its births, which grows from year to year.
 */
import type { Random } from '../random';
import { FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR } from './birthdates';

/** The lowest document, of 7 digits. People born from about 1955 on have 8. */
export const FIRST_DOCUMENT = 3_350_000;

const BIRTHS_IN_FIRST_YEAR = 300_000;
const MORE_BIRTHS_EACH_YEAR = 4_000;
/** The lowest document of each year, and at the end the first that nobody has. */
const FIRST_OF_YEAR = firstOfEachYear();
const END_OF_DOCUMENTS = FIRST_OF_YEAR.at(-1)!;

/** The document of a person who bets: rarely of the oldest or the youngest, most often of those in between. */
export function randomDocument(random: Random): number {
  const documents = END_OF_DOCUMENTS - FIRST_DOCUMENT;
  return FIRST_DOCUMENT + ((random.below(documents) + random.below(documents)) >>> 1);
}

/**
 * The day on which the holder of a document would be born if every document were issued at birth.
 *
 * @param days the number of days in all years together
 * @returns 0 to `days` - 1
 * @throws RangeError for a document that nobody has
 */
export function expectedBirthDay(document: number, days: number): number {
  const next = FIRST_OF_YEAR.findIndex((first) => document < first);
  const start = FIRST_OF_YEAR[next - 1];
  const end = FIRST_OF_YEAR[next];
  if (start === undefined || end === undefined) throw new RangeError(`nobody has document ${document}`);
  const years = FIRST_OF_YEAR.length - 1;
  const births = end - start;
  return Math.floor(((births * (next - 1) + (document - start)) * days) / (births * years));
}

function firstOfEachYear(): number[] {
  const firsts = [FIRST_DOCUMENT];
  for (let year = FIRST_BIRTH_YEAR; year <= LAST_BIRTH_YEAR; year++) {
    firsts.push(firsts.at(-1)! + BIRTHS_IN_FIRST_YEAR + (year - FIRST_BIRTH_YEAR) * MORE_BIRTHS_EACH_YEAR);
  }
  return firsts;
}
