import type { CrcMessage } from '../protocol/crc';
import type { HasMessage } from '../protocol/has';
import { Batch, BatchSource, NOTHING_SENT, StartingPoint } from './batch_source';

/** The batches of a session that were sent and not acknowledged, and up to where everything is known to be stored. */
export class SentBatches {
  /** By their ids, in order. */
  readonly #unacknowledged = new Map<number, Batch>();
  /** Those of them that were not sent on this connection yet. */
  #toSendAgain: Batch[] = [];
  #stored: StartingPoint = NOTHING_SENT;

  /** Up to where everything is known to be stored. */
  get stored(): StartingPoint {
    return this.#stored;
  }

  /** How many wait for their acknowledgement on this connection. */
  get inFlight(): number {
    return this.#unacknowledged.size - this.#toSendAgain.length;
  }

  /** Whether all are acknowledged. */
  get isEmpty(): boolean {
    return this.#unacknowledged.size === 0;
  }

  /** Whether all that are not acknowledged were sent on this connection. */
  get isAllSent(): boolean {
    return this.#toSendAgain.length === 0;
  }

  /** The connection is another one: what was not acknowledged is to be sent again. */
  beginConnection(): void {
    this.#toSendAgain = [...this.#unacknowledged.values()];
  }

  /** Forgets all: the batches are cut anew from here on. */
  beginAt(point: StartingPoint): void {
    this.#unacknowledged.clear();
    this.#toSendAgain = [];
    this.#stored = point;
  }

  /** The next batch to be sent: again, or a new one of the source; `undefined` when there is none now. */
  next(source: Pick<BatchSource, 'next'>): Batch | undefined {
    const again = this.#toSendAgain.shift();
    if (again !== undefined) return again;
    const batch = source.next();
    if (batch !== undefined) this.#unacknowledged.set(batch.batchId, batch);
    return batch;
  }

  /** A batch that is not acknowledged. */
  find(batchId: number): Batch | undefined {
    return this.#unacknowledged.get(batchId);
  }

  /** The batches up to this id that are not acknowledged. */
  upTo(batchId: number): Batch[] {
    return [...this.#unacknowledged.values()].filter((batch) => batch.batchId <= batchId);
  }

  acknowledge(batch: Batch): void {
    this.#unacknowledged.delete(batch.batchId);
    this.#stored = pointAfter(this.#stored, batch);
  }

  /**
   * Whether what the server has is what was sent, up to some batch. Otherwise another process has sent this agency's bets
   * meanwhile: cut into other batches, or other bets.
   *
   * @param crc of these batches; `undefined` where the server knows no CHK
   */
  isOwnWork({ lastBatchId, lastBetId, bets }: HasMessage, crc: CrcMessage | undefined): boolean {
    let point = this.#stored;
    for (const batch of this.#unacknowledged.values()) {
      if (point.lastBatchId >= lastBatchId) break;
      point = pointAfter(point, batch);
    }
    const isSame = point.lastBatchId === lastBatchId && point.lastBetId === lastBetId && point.bets === bets;
    return isSame && (crc === undefined || this.#hasCheck(point, crc));
  }

  /** Whether the server has exactly what is known to be stored, and nothing after it. */
  isAllOf(crc: CrcMessage): boolean {
    const { lastBatchId, lastBetId } = this.#stored;
    return crc.batchId === lastBatchId && crc.lastBetId === lastBetId && this.#hasCheck(this.#stored, crc);
  }

  #hasCheck({ check }: StartingPoint, crc: CrcMessage): boolean {
    return check === undefined || check === crc.check;
  }
}

function pointAfter(point: StartingPoint, batch: Batch): StartingPoint {
  return {
    lastBatchId: batch.batchId,
    lastBetId: batch.lastBetId,
    bets: point.bets + batch.betCount,
    check: batch.check,
  };
}
