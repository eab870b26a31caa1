/** The bets of one agency, one after another. */
import { Random } from '../random';
import { anyNumber, chosenNumber } from './numbers';
import { randomDocument } from './documents';
import { type Person, personOf } from './person';
import { planWinners } from './planned_winners';
import { PURPOSE } from './purpose';

/** Which bets to generate. */
export interface AgencyPlan {
  /** 0 to 4,294,967,295. */
  readonly seed: number;
  /** From 1 on. */
  readonly agency: number;
  readonly bets: number;
  /** 0 to 9999. */
  readonly winnerNumber: number;
}

/** A bet: a person and a number. */
export interface Bet {
  readonly person: Person;
  /** 0 to 9999. */
  readonly number: number;
}

const COMES_BACK_PER_THOUSAND = 150;
/** How many of the last bets may be followed by another one of the same person. */
const REMEMBERED_BETS = 4_096;

/**
 * Generates the bets of an agency in the order of its file. The same plan gives the same bets; another winner number
 * changes only the planned winners' numbers. Memory use does not grow with the number of bets.
 */
export function* agencyBets(plan: AgencyPlan): Generator<Bet, void> {
  const random = new Random(plan.seed, PURPOSE.bets, plan.agency);
  const { rows, firstWinsTwice } = planWinners(plan.seed, plan.agency, plan.bets);
  const remembered = new Uint32Array(REMEMBERED_BETS);
  let planned = 0;
  let firstWinner = 0;
  for (let row = 1; row <= plan.bets; row++) {
    const before = Math.min(row - 1, REMEMBERED_BETS);
    const comesBack = random.chance(COMES_BACK_PER_THOUSAND) && before > 0;
    let document = comesBack ? remembered[random.below(before)]! : randomDocument(random);
    const isPlanned = row === rows[planned];
    if (isPlanned) {
      if (planned === 0) firstWinner = document;
      planned++;
      if (firstWinsTwice && planned === rows.length) document = firstWinner;
    }
    remembered[(row - 1) % REMEMBERED_BETS] = document;
    const person = personOf(plan.seed, document);
    // Drawn even if it is not used, so that the rows after a planned winner do not depend on it.
    const number = comesBack ? anyNumber(random) : chosenNumber(random, person.birthdate);
    yield { person, number: isPlanned ? plan.winnerNumber : number };
  }
}
