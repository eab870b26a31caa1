/** A few bets that are certain to win, so that every agency of some size has a winner. */
import { Random } from '../random';
import { PURPOSE } from './purpose';

/** An agency with fewer bets has no planned winner: one would stand out. */
export const MIN_BETS_FOR_WINNERS = 100;
/** From this number of bets on, one of the planned winners wins twice. */
export const MIN_BETS_FOR_WINNING_TWICE = 10_000;

/** What is planned for an agency. */
export interface PlannedWinners {
  /** The rows that win, from 1 on, ascending. */
  readonly rows: readonly number[];
  /** Whether the last of the rows is the same person as the first. */
  readonly firstWinsTwice: boolean;
}

/**
 * Plans two to four winners for an agency, spread over its bets, and one more bet if somebody wins twice. The plan
 * depends on the seed, the agency and its number of bets, but not on the winner number.
 */
export function planWinners(seed: number, agency: number, bets: number): PlannedWinners {
  if (bets < MIN_BETS_FOR_WINNERS) return { rows: [], firstWinsTwice: false };
  const random = new Random(seed, PURPOSE.winners, agency);
  const firstWinsTwice = bets >= MIN_BETS_FOR_WINNING_TWICE;
  const count = 2 + random.below(3) + (firstWinsTwice ? 1 : 0);
  const partBets = Math.floor(bets / count);
  const rows = Array.from({ length: count }, (_, part) => part * partBets + 1 + random.below(partBets));
  return { rows, firstWinsTwice };
}
