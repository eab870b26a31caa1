import { agencyUri } from '../ledger/audit_line';
import type { LotteryLedger } from './lottery_ledger';
import type { LogProgress, Receipts } from './receipts';
import type { Sender } from './refusal_log';
import { Turns } from './turns';

/** How many receipts are made at once. */
const MAX_AT_ONCE = 16;
/** How many may wait for that. */
const MAX_WAITING = 20_000;

/** The receipts of a lottery's agencies, so many at once. */
export class AgencyReceipts {
  readonly #ledger: LotteryLedger;
  readonly #receipts: Receipts | undefined;
  readonly #turns = new Turns(MAX_AT_ONCE, MAX_WAITING);

  /** @param receipts `undefined` where none are given */
  constructor(ledger: LotteryLedger, receipts: Receipts | undefined) {
    this.#ledger = ledger;
    this.#receipts = receipts;
  }

  /** Whether any are given. */
  get areGiven(): boolean {
    return this.#receipts !== undefined;
  }

  /** How far the log is; `undefined` where there is none. */
  get progress(): LogProgress | undefined {
    return this.#receipts?.progress;
  }

  /**
   * The receipt of a batch, or with 0 of the FIN. It has no line in the audit log.
   *
   * @returns as {@link Receipts}; `undefined` where none are given
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async of(agency: number, batchId: number, sender: Sender = 'known'): Promise<Buffer | undefined> {
    if (!this.#ledger.isAgency(agency))
      throw await this.#ledger.unknownAgency('GET', agencyUri(agency), undefined, 0, sender);
    return this.#turns.take(() => Promise.resolve(this.#receipts?.receiptOf(agency, batchId)));
  }
}
