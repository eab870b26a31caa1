/** What a draw waits for beside the agencies. */
import type { Draw, DrawTerms } from '../ledger/draw';

/** Something that must be so between the close of the sale and the search for the winners. */
export interface DrawGate {
  /** What is waited for, as the log names it. */
  readonly name: string;
  /**
   * Resolves when the gate is open, at once where it is.
   *
   * @param terms those with which the sale was closed
   * @param stopped aborted when nobody waits any more
   * @throws LedgerUnavailable when it cannot be told now: the draw is tried again later
   */
  pass(terms: DrawTerms, stopped: AbortSignal): Promise<void>;
}

/** Something that must be so between the result, which is stored, and its announcement. */
export interface AnnouncingGate {
  readonly name: string;
  /** The same. @throws LedgerUnavailable */
  pass(draw: Draw, stopped: AbortSignal): Promise<void>;
}
