import { encodeBet } from '../../protocol/bet';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from '../../protocol/limits';

const ZERO = 0x30;
const FIRST_NAMES = ['Agustina Belén', 'Juan Ignacio', 'María José', 'Facundo Tomás', 'Milagros'];
const LAST_NAMES = ['Zambrano', 'Fernández', 'Sosa', 'Rodríguez', 'De la Fuente'];
/** The numbers that are bet on: 1000 to 6999, of which none wins. */
const FIRST_NUMBER = 1_000;
const NUMBERS = 6_000;

/**
 * An agency's BET messages, made before the clock runs and used again and again: only BATCH_ID is written anew,
 * in its place. They lie side by side, so that several leave in one write.
 */
export class PreparedBatches {
  readonly #bytes: Buffer;
  readonly #messageBytes: number;
  readonly #count: number;

  /**
   * @param betCount bets in each batch
   * @param count how many batches at most are on their way at a time
   */
  constructor(agency: number, betCount: number, count: number) {
    const message = encodeBet(
      1,
      Array.from({ length: betCount }, (_, index) => betText(agency, index + 1)),
    );
    this.#messageBytes = message.length;
    this.#count = count;
    this.#bytes = Buffer.allocUnsafeSlow(message.length * count);
    for (let index = 0; index < count; index++) message.copy(this.#bytes, index * message.length);
  }

  /** The size of a message. */
  get messageBytes(): number {
    return this.#messageBytes;
  }

  /**
   * The messages with consecutive ids, as few slices. They must be taken by the peer before their places come
   * round again.
   */
  messages(firstBatchId: number, count: number): Buffer[] {
    for (let batchId = firstBatchId; batchId < firstBatchId + count; batchId++) this.#writeId(batchId);
    const first = firstBatchId % this.#count;
    const tail = Math.min(count, this.#count - first);
    const slices = [this.#slice(first, tail)];
    if (tail < count) slices.push(this.#slice(0, count - tail));
    return slices;
  }

  #slice(first: number, count: number): Buffer {
    return this.#bytes.subarray(first * this.#messageBytes, (first + count) * this.#messageBytes);
  }

  #writeId(batchId: number): void {
    let offset = (batchId % this.#count) * this.#messageBytes + REQUEST_HEADER_BYTES - 1;
    for (let digit = 0, rest = batchId; digit < BATCH_ID_DIGITS; digit++) {
      this.#bytes[offset--] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  }
}

/** A bet of some 54 bytes, as they are in the agencies' files. */
function betText(agency: number, betId: number): string {
  const firstName = FIRST_NAMES[betId % FIRST_NAMES.length]!;
  const lastName = LAST_NAMES[Math.floor(betId / 3) % LAST_NAMES.length]!;
  const document = 10_000_000 + ((betId * 7_919) % 40_000_000);
  const day = String(1 + (betId % 28)).padStart(2, '0');
  const month = String(1 + (betId % 12)).padStart(2, '0');
  const birthdate = `${1950 + (betId % 55)}-${month}-${day}`;
  return `${agency},${betId},${firstName},${lastName},${document},${birthdate},${FIRST_NUMBER + (betId % NUMBERS)}`;
}
