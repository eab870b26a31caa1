/** Receipts from the transparency log (PROTOCOL.md, R29), as the lottery gives them to the doors. */
import { agencyUri } from '../ledger/audit_line';
import type { LotteryLedger } from './lottery_ledger';
import type { Sender } from './refusal_log';
import { Turns } from './turns';

/** How many receipts are made at once. */
const MAX_AT_ONCE = 16;
/** How many may wait for that. */
const MAX_WAITING = 20_000;

/** Where receipts come from: what keeps the tree of the transparency log. */
export interface Receipts {
  /**
   * The receipt of a batch, or of a FIN: a tlog-proof file (C2SP) of at most `MAX_RECEIPT_BYTES`, whose leaf is in a
   * signed checkpoint that is on durable storage.
   *
   * Its `extra` is for a batch 64 bytes, the salt and the chain before the batch; for a FIN 32 bytes, the agency's key.
   *
   * @param agency one of the lottery's
   * @param batchId the batch; 0 for the agency's FIN
   * @returns `undefined` where it is in no signed checkpoint yet, or was never stored
   * @throws ProtocolError `unavailable` while the tree cannot be read
   */
  receiptOf(agency: number, batchId: number): Promise<Buffer | undefined>;
}

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

  /**
   * @returns as {@link Receipts}; `undefined` where none are given
   * @throws ProtocolError `unknown-agency` or `unavailable`
   */
  async of(agency: number, batchId: number, sender: Sender): Promise<Buffer | undefined> {
    if (!this.#ledger.isAgency(agency))
      throw await this.#ledger.unknownAgency('GET', agencyUri(agency), undefined, 0, sender);
    return this.#turns.take(() => Promise.resolve(this.#receipts?.receiptOf(agency, batchId)));
  }
}
