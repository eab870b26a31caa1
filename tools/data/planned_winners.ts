/** A few bets that win for certain, so that no agency of some size is without a winner. */
import { Random } from '../random';
import { PURPOSE } from './purpose';

/** An agency with fewer bets has no planned winner: one would stand out. */
export const MIN_BETS_FOR_WINNERS = 100;
/** From here on, one of the planned winners wins twice. */
export const MIN_BETS_FOR_WINNING_TWICE = 10_000;

/** What is planned for an agency. */
export interface PlannedWinners {
  /** The rows that win, from 1 on, ascending. */
  readonly rows: readonly number[];
  /** Whether the last of the rows is the same person as the first. */
  readonly firstWinsTwice: boolean;
}

/**
 * Plans two to four winners for an agency, spread over its bets, and one bet more where somebody wins twice.
 * It depends on the seed, the agency and how many bets it has, and not on the number that wins.
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
