/** The numbers that people bet on. */
import { MAX_NUMBER } from '../../protocol/limits';
import type { Random } from '../random';

const OWN_BIRTHDAY_PER_THOUSAND = 25;
const FAVOURITE_PER_THOUSAND = 15;
const ALL_DIGITS_ALIKE_PER_THOUSAND = 10;
/** Numbers that mean something to many. */
const FAVOURITES = [7, 13, 10, 17, 22, 33, 48, 77, 100, 123, 777, 1234, 1810, 1816, 1986, 2000, 2022, 4321];

/** A number from 0 to 9999, all equally likely. */
export function anyNumber(random: Random): number {
  return random.below(MAX_NUMBER + 1);
}

/**
 * A number from 0 to 9999 as people choose it: one in twenty picks a birthday, a favourite or four equal digits.
 *
 * @param birthdate the day the person was born, `YYYY-MM-DD`
 */
export function chosenNumber(random: Random, birthdate: string): number {
  let taste = random.below(1000);
  if (taste < OWN_BIRTHDAY_PER_THOUSAND) return birthdayNumber(random, birthdate);
  taste -= OWN_BIRTHDAY_PER_THOUSAND;
  if (taste < FAVOURITE_PER_THOUSAND) return random.pick(FAVOURITES);
  taste -= FAVOURITE_PER_THOUSAND;
  if (taste < ALL_DIGITS_ALIKE_PER_THOUSAND) return 1111 * (1 + random.below(9));
  return anyNumber(random);
}

/** Day and month, month and day, or the year. */
function birthdayNumber(random: Random, birthdate: string): number {
  const year = Number(birthdate.slice(0, 4));
  const month = Number(birthdate.slice(5, 7));
  const day = Number(birthdate.slice(8));
  return random.pick([day * 100 + month, month * 100 + day, year]);
}
