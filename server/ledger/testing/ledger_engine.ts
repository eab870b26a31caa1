import type { Ledger, LotteryTerms } from '../ledger';

/** How the tests of a ledger get at an engine. */
export interface LedgerEngine {
  /** Opens a new, empty ledger. */
  open(terms: LotteryTerms): Promise<Ledger>;
  /** Reopens the ledger that was opened last and closed since. For engines that keep it. */
  reopen?(terms: LotteryTerms): Promise<Ledger>;
  /** The setting that says where such a ledger is kept, as errors name it. */
  readonly placeSetting?: string;
  /** The audit log of the ledger that was opened last. */
  auditLines(): readonly string[] | Promise<readonly string[]>;
}
