import { BATCH_ID_DIGITS } from '../../protocol/limits';

const ZERO = 0x30;

/** What stands in a prepared message until the batch's id is written there. */
export const ID_PLACEHOLDER = '0'.repeat(BATCH_ID_DIGITS);

/**
 * The same message many times side by side, made before the clock runs and used again and again: only the batch's
 * id is written again, in its place.
 */
export class MessageRing {
  readonly #bytes: Buffer;
  readonly #places: number;
  readonly #idOffset: number | undefined;
  /** The size of a message. */
  readonly messageBytes: number;

  /**
   * @param places how many messages are on their way at most
   * @param idOffset where the digits of the id begin in the message; left out when it holds none
   */
  constructor(message: Buffer, places: number, idOffset?: number) {
    this.messageBytes = message.length;
    this.#places = places;
    this.#idOffset = idOffset;
    this.#bytes = Buffer.allocUnsafeSlow(message.length * places);
    for (let place = 0; place < places; place++) message.copy(this.#bytes, place * message.length);
  }

  /**
   * The messages with consecutive ids, as few slices. They must have left before their places come round again.
   */
  messages(firstBatchId: number, count: number): Buffer[] {
    for (let batchId = firstBatchId; batchId < firstBatchId + count; batchId++) this.#writeId(batchId);
    const first = firstBatchId % this.#places;
    const tail = Math.min(count, this.#places - first);
    const slices = [this.#slice(first, tail)];
    if (tail < count) slices.push(this.#slice(0, count - tail));
    return slices;
  }

  #slice(first: number, count: number): Buffer {
    return this.#bytes.subarray(first * this.messageBytes, (first + count) * this.messageBytes);
  }

  #writeId(batchId: number): void {
    if (this.#idOffset === undefined) return;
    const start = (batchId % this.#places) * this.messageBytes + this.#idOffset;
    for (let digit = BATCH_ID_DIGITS - 1, rest = batchId; digit >= 0; digit--) {
      this.#bytes[start + digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}
