/** The people who bet. The document determines the person, so that nobody has to be kept in memory. */
import { Random } from '../random';
import { BIRTHDATES } from './birthdates';
import { expectedBirthDay } from './documents';
import { LAST_NAMES, MEN, WOMEN } from './names';
import { PURPOSE } from './purpose';

/** A person who bets. */
export interface Person {
  readonly firstName: string;
  readonly lastName: string;
  readonly document: number;
  /** `YYYY-MM-DD`. */
  readonly birthdate: string;
}

const WITH_SECOND_FIRST_NAME_PER_THOUSAND = 450;
const WITH_SECOND_LAST_NAME_PER_THOUSAND = 200;
/** How much earlier or later than usual a document may be issued. */
const MAX_DAYS_OFF = 400;

/**
 * The holder of a document, in the country of this seed: always the same person.
 *
 * @throws RangeError for a document that nobody has
 */
export function personOf(seed: number, document: number): Person {
  const random = new Random(seed, PURPOSE.person, document);
  const firstNames = random.chance(500) ? WOMEN : MEN;
  return {
    firstName: oneOrTwo(random, firstNames, WITH_SECOND_FIRST_NAME_PER_THOUSAND),
    lastName: oneOrTwo(random, LAST_NAMES, WITH_SECOND_LAST_NAME_PER_THOUSAND),
    document,
    birthdate: BIRTHDATES[birthDay(random, document)]!,
  };
}

function oneOrTwo(random: Random, names: readonly string[], twoPerThousand: number): string {
  const first = random.pickEarly(names);
  if (!random.chance(twoPerThousand)) return first;
  const second = random.pickEarly(names);
  return second === first ? first : `${first} ${second}`;
}

function birthDay(random: Random, document: number): number {
  const last = BIRTHDATES.length - 1;
  const day =
    expectedBirthDay(document, BIRTHDATES.length) - MAX_DAYS_OFF + random.below(2 * MAX_DAYS_OFF + 1);
  // Mirrored at both ends: if it were clamped, too many would be born on the first and on the last day.
  return Math.min(Math.abs(day), 2 * last - day);
}
