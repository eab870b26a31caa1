import { LedgerDamaged, LedgerState } from '../ledger';

/**
 * What a ledger holds when it is opened, with the sums of all its agencies added up.
 *
 * @throws LedgerDamaged when a draw is stored, and not as many bets as were in it
 */
export function openedState(read: Omit<LedgerState, 'batches' | 'bets'>): LedgerState {
  let [batches, bets] = [0, 0];
  for (const sum of read.sums.values()) {
    batches += sum.batches;
    bets += sum.bets;
  }
  // Nothing is stored after the draw: its bets are all that there are.
  if (read.draw !== undefined && !read.draw.isCalledOff && read.draw.bets !== bets) {
    throw new LedgerDamaged('not as many bets as were in the draw');
  }
  return { ...read, batches, bets };
}
