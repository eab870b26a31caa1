import { OperationError } from '../../../program/exit';
import { ID_PLACEHOLDER, MessageRing } from '../../load/message_ring';
import { Wire, WireOptions } from '../../load/wire';

const LINE_FEED = 0x0a;
const PLUS = 0x2b;

/** Redis: `SET agency:batch bets`. Every answer is a line that begins with `+`. */
export class RedisWire implements Wire {
  readonly greeting = command('PING');
  readonly #ring: MessageRing;
  #isAtAnswerStart = true;

  constructor({ agency, bets, places }: WireOptions) {
    const key = `${agency}:${ID_PLACEHOLDER}`;
    const message = command('SET', key, bets);
    this.#ring = new MessageRing(message, places, message.indexOf(key) + key.length - ID_PLACEHOLDER.length);
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
      if (this.#isAtAnswerStart && chunk[offset] !== PLUS) {
        throw new OperationError(`Redis: ${chunk.toString('utf8', offset, offset + 200).trim()}`);
      }
      const end = chunk.indexOf(LINE_FEED, offset);
      this.#isAtAnswerStart = end >= 0;
      if (end < 0) return count;
      count++;
      offset = end + 1;
    }
    return count;
  }
}

/** A command as Redis reads it: an array of strings, each with its size in front (RESP). */
export function command(...words: readonly (string | Buffer)[]): Buffer {
  const parts = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.from(word);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}
