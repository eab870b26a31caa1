import { encodeBet } from '../../protocol/bet';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from '../../protocol/limits';
import { AnswerLines } from './answer_lines';
import { MessageRing } from './message_ring';
import { Wire, WireOptions } from './wire';

const A = 0x41;

/** The agencies' protocol: a BET for each batch. Every reply is a line; one that is no ACK ends the measurement. */
export class LotteryWire implements Wire {
  readonly #ring: MessageRing;
  readonly #lines = new AnswerLines('the lottery', A);

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
    return this.#lines.count(chunk);
  }
}
