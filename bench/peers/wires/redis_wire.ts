import { AnswerLines } from '../../load/answer_lines';
import { ID_PLACEHOLDER, MessageRing } from '../../load/message_ring';
import { Wire, WireOptions } from '../../load/wire';

const PLUS = 0x2b;

/** Redis: `SET agency:batch bets`. Every answer is a line that begins with `+`. */
export class RedisWire implements Wire {
  readonly greeting = command('PING');
  readonly #ring: MessageRing;
  readonly #lines = new AnswerLines('Redis', PLUS);

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
    return this.#lines.count(chunk);
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
