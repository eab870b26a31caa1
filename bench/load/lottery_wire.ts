import { encodeBet } from '../../protocol/bet';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from '../../protocol/limits';
import { OperationError } from '../../program/exit';
import { MessageRing } from './message_ring';
import { Wire, WireOptions } from './wire';

const LINE_FEED = 0x0a;
const A = 0x41;

/** The agencies' protocol: a BET for each batch. Every reply is a line; one that is no ACK ends the measurement. */
export class LotteryWire implements Wire {
  readonly #ring: MessageRing;
  #isAtReplyStart = true;

  constructor({ bets, places }: WireOptions) {
    const message = encodeBet(1, bets.toString().split(';'));
    this.#ring = new MessageRing(message, places, REQUEST_HEADER_BYTES - BATCH_ID_DIGITS);
  }

  get batchBytes(): number {
    return this.#ring.messageBytes;
  }

  batches(firstBatchId: number, count: number): Buffer[] {
    return this.#ring.messages(firstBatchId, count);
  }

  answers(chunk: Buffer): number {
    let count = 0;
    for (let offset = 0; offset < chunk.length;) {
      if (this.#isAtReplyStart && chunk[offset] !== A) {
        throw new OperationError(chunk.toString('latin1', offset, offset + 100));
      }
      const end = chunk.indexOf(LINE_FEED, offset);
      this.#isAtReplyStart = end >= 0;
      if (end < 0) return count;
      count++;
      offset = end + 1;
    }
    return count;
  }
}
