/** The ledger as the lottery's rules use it. */
import { ProtocolError } from '../../protocol/error_codes';
import type { Log } from '../../program/log';
import { LogLimiter } from '../../program/log_limiter';
import { ANY_URI, STATUS_OF_ERROR } from '../ledger/audit_line';
import { AgencyTakenOver, isStorageError, Ledger } from '../ledger/ledger';
import type { AnswerTo, AuditAction, Operation } from '../ledger/operation';
import type { LotteryContext } from './lottery_context';
import { RefusalLog, Sender } from './refusal_log';

/** Of what is noted: the id of its request, the batch that the error names, and who has sent it. */
export type Noted = [requestId?: string, batchId?: number, sender?: Sender];

/**
 * Carries out operations, with errors as a client is told them, and notes what was refused without an operation.
 */
export class LotteryLedger {
  readonly refusals: RefusalLog;
  readonly #ledger: Ledger;
  readonly #agencies: number;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  #isClosed = false;

  /** @param agencies how many take part */
  constructor(ledger: Ledger, agencies: number, { clock, log }: Pick<LotteryContext, 'clock' | 'log'>) {
    this.#ledger = ledger;
    this.#agencies = agencies;
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
    this.refusals = new RefusalLog((status, count) => this.#writeCount(status, count), clock);
  }

  /** The bytes of batches that were submitted and are not stored yet. */
  get queuedBytes(): number {
    return this.#ledger.queuedBytes;
  }

  /** Whether an agency takes part. */
  isAgency(agency: number): boolean {
    return agency >= 1 && agency <= this.#agencies;
  }

  /**
   * Carries out an operation.
   *
   * @param batchId what the error names
   * @throws ProtocolError `unavailable`; what is no failure of the storage as the ledger throws it
   */
  submit<O extends Operation>(operation: O, batchId = 0): Promise<AnswerTo<O>> {
    return this.#ledger.submit(operation).catch((error: unknown) => {
      throw this.#asProtocolError(error, batchId);
    });
  }

  /** The error of an agency that does not take part, once it is noted; its arguments are those of {@link note}. */
  async unknownAgency(
    action: AuditAction,
    uri: string,
    ...[requestId, batchId = 0, sender]: Noted
  ): Promise<unknown> {
    try {
      await this.note(action, uri, STATUS_OF_ERROR['unknown-agency'], requestId, batchId, sender);
    } catch (error) {
      return error;
    }
    return new ProtocolError('unknown-agency', `the agencies are 1 to ${this.#agencies}`, batchId);
  }

  /**
   * Notes in the audit log that a door has refused an operation without asking for it here: with a line of its own, or
   * among those that are counted.
   *
   * @param batchId what the error names, where the operation is about a batch
   * @throws ProtocolError `unavailable`: the operation must be answered so
   */
  async note(
    action: AuditAction,
    uri: string,
    status: number,
    ...[requestId, batchId = 0, sender = 'known']: Noted
  ): Promise<void> {
    if (sender === 'nobody' || !this.refusals.hasLine(sender)) {
      this.refusals.count(status);
      return;
    }
    this.refusals.spendLine(sender);
    await this.submit({ kind: 'refused', action, uri, status, requestId }, batchId);
  }

  /** Writes nothing more by itself. */
  close(): void {
    this.#isClosed = true;
    this.refusals.close();
  }

  #writeCount(status: number, count: number): Promise<unknown> {
    const requestId = String(count);
    return this.#ledger.submit({ kind: 'refused', action: 'REFUSED', uri: ANY_URI, status, requestId });
  }

  /** What the agency is told; why the storage fails is for the operator. */
  #asProtocolError(error: unknown, batchId: number): unknown {
    if (error instanceof AgencyTakenOver) return new ProtocolError('unavailable', error.message, batchId);
    if (!isStorageError(error)) return error;
    const keptBack = this.#isClosed ? undefined : this.#limiter.admit('store');
    if (keptBack !== undefined) this.#log.error('store', 'fail', { error: error.message, more: keptBack });
    return new ProtocolError('unavailable', 'the store cannot take it now: try again later', batchId);
  }
}
