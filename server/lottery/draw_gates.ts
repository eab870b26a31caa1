/** What a draw waits for beside the agencies. */
import type { Draw, DrawTerms } from '../ledger/draw';

/** Everything that a draw can wait for, as the log, the metrics and `GET /draw` name it. */
export const GATE_NAMES = ['seal', 'control', 'number'] as const;

/** One of {@link GATE_NAMES}. */
export type GateName = (typeof GATE_NAMES)[number];

/** Something that must be so between the close of the sale and the search for the winners. */
export interface DrawGate {
  /** What is waited for. */
  readonly name: GateName;
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
  /** What is waited for. */
  readonly name: GateName;
  /**
   * The same.
   *
   * @returns whether it had to be waited for: of a result that was announced before, it is open at once
   * @throws LedgerUnavailable
   */
  pass(draw: Draw, stopped: AbortSignal): Promise<boolean>;
}
