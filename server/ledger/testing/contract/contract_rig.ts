import { batchOf, MadeBet } from '../../../testing/bets';
import type { LotteryTerms } from '../../ledger';
import type { PlaceOutcome } from '../../operation';
import { LedgerCalls } from '../ledger_calls';
import type { LedgerEngine } from '../ledger_engine';

/** The lottery of the contract's tests. */
export const CONTRACT_TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
/** The bets of a batch, where a test does not care which. */
export const ONE_BET: readonly MadeBet[] = [{ id: 7 }];
/** Bets other than {@link ONE_BET}. */
export const OTHER_BET: readonly MadeBet[] = [{ id: 8 }];

/** The ledger under test, a new one for each test. */
export class ContractRig {
  readonly engine: LedgerEngine;
  #ledger: LedgerCalls | undefined;

  constructor(engine: LedgerEngine) {
    this.engine = engine;
  }

  /** The ledger that was opened last. */
  get ledger(): LedgerCalls {
    if (this.#ledger === undefined) throw new Error('no ledger was opened');
    return this.#ledger;
  }

  /** Opens a new ledger. */
  async open(terms = CONTRACT_TERMS): Promise<void> {
    this.#ledger = new LedgerCalls(await this.engine.open(terms), terms.winnerNumber);
  }

  /** Closes the ledger and opens it again. */
  async reopen(): Promise<void> {
    await this.ledger.close();
    if (this.engine.reopen === undefined) throw new Error('the engine keeps no ledger');
    this.#ledger = new LedgerCalls(await this.engine.reopen(CONTRACT_TERMS), CONTRACT_TERMS.winnerNumber);
  }

  /** Submits a batch; {@link ONE_BET} if no bets are given. */
  append(agency: number, batchId: number, bets = ONE_BET): Promise<PlaceOutcome> {
    return this.ledger.append(batchOf(agency, batchId, bets));
  }
}
