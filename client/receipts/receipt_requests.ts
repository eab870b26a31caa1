import { encodeRcp } from '../../protocol/rcp';
import type { Clock } from '../../program/clock';
import { OperationError } from '../../program/exit';
import type { Log } from '../../program/log';
import type { Batch, StartingPoint } from '../batch_source';
import { PhaseTimer } from '../phase_timer';
import type { AgencyReceipts, ReceiptLink } from '../session_receipts';
import { digestOf } from './own_chain';
import type { OwnBatch, ReceiptKeeper } from './receipt_keeper';

/** Behind so many acknowledgements a receipt is asked for: the last one, that of the FIN, covers all batches. */
const BATCHES_A_RECEIPT = 64;
/** No more are asked for at once; the oldest goes. */
const MAX_WANTED = 4;
/** A checkpoint is signed every 200 ms or so: what is asked for before has no receipt yet. */
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;
/** So often the receipt of a batch is asked for. */
const MAX_TRIES = 8;
/** So long the receipt of the FIN is waited for once the draw has run. The pauses are short, since the server would close. */
const AFTER_WIN_MS = 30_000;
const AFTER_WIN_PAUSE_MS = 500;

/** A receipt that is to be asked for. */
interface Wanted {
  /** `undefined` for the FIN. */
  readonly own: OwnBatch | undefined;
  tries: number;
  dueAtMs: number;
}

/** What the requests work with. */
export interface RequestsContext {
  readonly agency: number;
  readonly keeper: Pick<ReceiptKeeper, 'beginAt' | 'keepBatch' | 'keepFinish'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** When an agency asks for which receipt, on one connection after another (PROTOCOL.md, R29). */
export class ReceiptRequests implements AgencyReceipts {
  readonly letters = 'RCP';
  readonly #context: RequestsContext;
  readonly #timer: PhaseTimer;
  readonly #deadline: PhaseTimer;
  #link: ReceiptLink | undefined;
  #wanted: Wanted[] = [];
  /** Those of them whose answers are on their way, in the order of the answers. */
  #asked: Wanted[] = [];
  #firstBatchId = 1;
  #isKnown = true;
  /** Everything, once FIN was sent. */
  #stored: StartingPoint | undefined;
  #isFinishKept = false;
  /** Receipts that are being checked and written. */
  #keeping = 0;
  #failure: Error | undefined;
  #hasWinCome = false;
  #isLate = false;
  #afterWin: (() => void) | undefined;
  #whenKept: () => void = () => undefined;

  constructor(context: RequestsContext) {
    this.#context = context;
    this.#timer = new PhaseTimer(context.clock);
    this.#deadline = new PhaseTimer(context.clock);
  }

  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  open(link: ReceiptLink): void {
    this.#link = link;
  }

  beginAt(from: StartingPoint): void {
    this.#wanted = [];
    this.#firstBatchId = from.lastBatchId + 1;
    this.#context.keeper.beginAt(from);
  }

  acknowledged(batch: Batch, { bets: betsSoFar }: StartingPoint): void {
    const { batchId, betCount: bets, lastBetId } = batch;
    // Behind batches of an earlier run, the first one's receipt tells the chain up to there.
    const isFirst = batchId === this.#firstBatchId && batchId > 1;
    if (this.#isKnown && (isFirst || batchId % BATCHES_A_RECEIPT === 0)) {
      const digest = digestOf(this.#context.agency, batch);
      this.#want({ batchId, bets, lastBetId, betsSoFar, digest }, FIRST_PAUSE_MS);
      const oldest = this.#wanted.find(({ own }) => own !== undefined);
      if (this.#wanted.length > MAX_WANTED && oldest !== undefined) this.#drop(oldest);
    }
    this.#askDue();
  }

  finished(stored: StartingPoint): void {
    this.#stored = stored;
    const isWanted = this.#wanted.some(({ own }) => own === undefined);
    if (this.#isKnown && !this.#isFinishKept && !isWanted) this.#want(undefined, 0);
    this.#askDue();
  }

  take(receipt: Buffer): void {
    const wanted = this.#asked.shift();
    if (wanted === undefined) throw new Error('an RCP that was not asked for');
    if (receipt.length === 0) return this.#askAgain(wanted);
    this.#drop(wanted);
    this.#keeping++;
    // The bytes lie in what was read from the network.
    this.#keep(wanted, Buffer.from(receipt)).then(
      () => this.#settle(),
      (error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
        this.#link?.failed(this.#failure);
        this.#settle();
      },
    );
  }

  noteUnknown(log: Log): void {
    this.#isKnown = false;
    this.#wanted = [];
    const reason = 'the server gives no receipts: the agency goes on without';
    log.warning('receive_receipt', 'fail', { reason });
    this.#endIfDone();
  }

  abandon(): void {
    this.#asked = [];
    this.#timer.cancel();
  }

  afterWin(then: () => void): void {
    this.#afterWin = then;
    // It may come again, on another connection.
    if (!this.#hasWinCome) this.#deadline.start(AFTER_WIN_MS, () => this.#giveUp());
    this.#hasWinCome = true;
    for (const wanted of this.#wanted) wanted.dueAtMs = Math.min(wanted.dueAtMs, this.#soon);
    this.#askDue();
    this.#endIfDone();
  }

  close(): void {
    this.#afterWin = undefined;
    this.#timer.cancel();
    this.#deadline.cancel();
  }

  async end(): Promise<void> {
    while (this.#keeping > 0) await new Promise<void>((resolve) => (this.#whenKept = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isKnown || this.#isFinishKept || this.#stored === undefined) return;
    throw new OperationError(
      `no receipt of the FIN of agency ${this.#context.agency} came within ${AFTER_WIN_MS / 1_000} s of the draw: what ` +
        'was sold is stored, but not proved; the agency asks again when it is started again',
    );
  }

  get #soon(): number {
    return this.#context.clock.nowMs() + AFTER_WIN_PAUSE_MS;
  }

  #want(own: OwnBatch | undefined, pauseMs: number): void {
    this.#wanted.push({ own, tries: 0, dueAtMs: this.#context.clock.nowMs() + pauseMs });
  }

  #drop(wanted: Wanted): void {
    this.#wanted = this.#wanted.filter((one) => one !== wanted);
  }

  /** There was no receipt yet: later there may be. */
  #askAgain(wanted: Wanted): void {
    wanted.tries++;
    if (wanted.own !== undefined && wanted.tries >= MAX_TRIES) this.#drop(wanted);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (wanted.tries - 1), MAX_PAUSE_MS);
    const dueAtMs = this.#context.clock.nowMs() + pauseMs;
    wanted.dueAtMs = this.#afterWin === undefined ? dueAtMs : Math.min(dueAtMs, this.#soon);
    this.#askDue();
  }

  /** Asks for what is due. What the session has no time for is asked for when it tells of something again. */
  #askDue(): void {
    this.#timer.cancel();
    if (this.#link?.mayAsk() !== true) return;
    const nowMs = this.#context.clock.nowMs();
    for (const wanted of this.#wanted.filter((one) => !this.#asked.includes(one))) {
      if (wanted.dueAtMs > nowMs) continue;
      this.#asked.push(wanted);
      this.#link.write(encodeRcp(this.#context.agency, wanted.own?.batchId ?? 0));
    }
    const waiting = this.#wanted.filter((one) => !this.#asked.includes(one));
    if (waiting.length === 0) return;
    const dueAtMs = Math.min(...waiting.map((one) => one.dueAtMs));
    this.#timer.start(dueAtMs - nowMs, () => this.#askDue());
  }

  async #keep({ own }: Wanted, receipt: Buffer): Promise<void> {
    const { keeper, log, agency } = this.#context;
    if (own !== undefined) {
      await keeper.keepBatch(own, receipt);
      log.info('receive_receipt', 'success', { agency, batch: own.batchId });
      return;
    }
    this.#isFinishKept = true;
    const unchecked = await keeper.keepFinish(this.#stored!, receipt);
    log.info('receive_receipt', 'success', { agency, fin: true });
    if (unchecked === 0) return;
    log.warning('receive_receipt', 'success', {
      up_to_batch: unchecked,
      reason:
        'an earlier run has cut these batches otherwise: whether they are covered could not be checked here',
    });
  }

  #settle(): void {
    this.#keeping--;
    if (this.#keeping > 0) return;
    this.#whenKept();
    this.#endIfDone();
  }

  #giveUp(): void {
    this.#isLate = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    const isDone = this.#isFinishKept || !this.#isKnown || this.#isLate;
    const then = this.#afterWin;
    if (!isDone || this.#keeping > 0 || then === undefined) return;
    this.#afterWin = undefined;
    then();
  }
}
