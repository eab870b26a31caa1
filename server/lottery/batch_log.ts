import type { Clock } from '../../program/clock';
import type { Log } from '../../program/log';

const INTERVAL_MS = 1_000;
/** Lines in a second: those of single batches, and one for all others. */
const MAX_LINES = 10;

/** A batch that was granted. */
export interface TakenBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  /** It was stored before with the same content. */
  readonly isRepeated: boolean;
}

/**
 * Logs batches as `apuesta_recibida`, in one of two ways:
 *
 * - each of them, at DEBUG;
 * - those that are new, at INFO, in at most {@link MAX_LINES} lines a second. The last line of a second tells of all
 *   that had none: how many batches, and in `cantidad` how many bets. The sum of `cantidad` over all lines is right.
 */
export class BatchLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #tellsEach: boolean;
  #untilMs = -Infinity;
  #lines = 0;
  #batches = 0;
  #bets = 0;
  #cancelTimer: () => void = () => undefined;

  /** @param tellsEach whether each batch has a line at DEBUG */
  constructor(log: Log, clock: Clock, tellsEach: boolean) {
    this.#log = log;
    this.#clock = clock;
    this.#tellsEach = tellsEach;
  }

  /** A batch is on durable storage. */
  tell({ agency, batchId, betCount, isRepeated }: TakenBatch): void {
    const details = { agency, batch: batchId, cantidad: betCount };
    if (this.#tellsEach) {
      this.#log.debug('apuesta_recibida', 'success', { ...details, again: isRepeated });
    } else if (!isRepeated) {
      if (this.#hasLine()) this.#log.info('apuesta_recibida', 'success', details);
      else this.#add(betCount);
    }
  }

  /** Tells of the batches that had no line yet. To be called before the log ends. */
  tellRest(): void {
    this.#cancelTimer();
    if (this.#batches === 0) return;
    this.#log.info('apuesta_recibida', 'success', { batches: this.#batches, cantidad: this.#bets });
    this.#batches = 0;
    this.#bets = 0;
  }

  #hasLine(): boolean {
    // While others wait for the line of all, the clock need not be asked.
    if (this.#batches > 0) return false;
    const nowMs = this.#clock.nowMs();
    if (nowMs >= this.#untilMs) {
      this.#untilMs = nowMs + INTERVAL_MS;
      this.#lines = 0;
    }
    return ++this.#lines < MAX_LINES;
  }

  #add(betCount: number): void {
    if (this.#batches === 0) {
      const leftMs = this.#untilMs - this.#clock.nowMs();
      this.#cancelTimer = this.#clock.after(leftMs, () => this.tellRest());
    }
    this.#batches++;
    this.#bets += betCount;
  }
}
