import { OperationError } from '../../../program/exit';
import { ID_PLACEHOLDER, MessageRing } from '../../load/message_ring';
import { Wire, WireOptions } from '../../load/wire';

const LINE_END = '\r\n';
const PONG = Buffer.from('PONG\r\n');
const OPTIONS = { verbose: false, pedantic: false, headers: false, lang: 'node', version: '1.0.0' };

/**
 * NATS JetStream: a message for each batch on the subject `bets.AGENCY`, answered on the subject
 * `stored.AGENCY.BATCH_ID` when the stream has it.
 */
export class NatsWire implements Wire {
  readonly greeting: Buffer;
  readonly #ring: MessageRing;
  readonly #answerPrefix: string;
  #rest: Buffer = Buffer.alloc(0);
  #answeredBatchId = 0;

  constructor({ agency, bets, places }: WireOptions) {
    this.#answerPrefix = answerSubject(agency, '');
    this.greeting = Buffer.from(
      `CONNECT ${JSON.stringify(OPTIONS)}\r\nSUB ${this.#answerPrefix}* 1\r\nPING\r\n`,
    );
    const answer = answerSubject(agency, ID_PLACEHOLDER);
    const message = publish(`bets.${agency}`, answer, bets);
    this.#ring = new MessageRing(message, places, message.indexOf(answer) + this.#answerPrefix.length);
  }

  get batchBytes(): number {
    return this.#ring.messageBytes;
  }

  batches(firstBatchId: number, count: number): Buffer[] {
    return this.#ring.messages(firstBatchId, count);
  }

  answers(chunk: Buffer, send: (bytes: Buffer) => void): number {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let count = 0;
    let offset = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(LINE_END, offset);
      if (lineEnd < 0) break;
      const words = bytes.toString('latin1', offset, lineEnd).split(' ');
      let end = lineEnd + LINE_END.length;
      if (words[0] === 'MSG') {
        const payloadEnd = end + Number(words.at(-1));
        if (payloadEnd + LINE_END.length > bytes.length) break;
        this.#checkAnswer(words[1] ?? '', bytes.toString('utf8', end, payloadEnd));
        end = payloadEnd + LINE_END.length;
        count++;
      } else if (words[0] === 'PONG') count++;
      else if (words[0] === 'PING') send(PONG);
      else if (words[0] !== 'INFO') throw new OperationError(`NATS: ${words.join(' ')}`);
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
    return count;
  }

  #checkAnswer(subject: string, payload: string): void {
    if (payload.includes('"error":')) throw new OperationError(`NATS: ${payload}`);
    const batchId = Number(subject.slice(this.#answerPrefix.length));
    if (batchId !== ++this.#answeredBatchId) throw new OperationError(`NATS: ${subject} is out of order`);
  }
}

/** A message on a subject, to be answered on another. */
export function publish(subject: string, answerOn: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`PUB ${subject} ${answerOn} ${payload.length}\r\n`),
    payload,
    Buffer.from('\r\n'),
  ]);
}

/** Where a batch's answer is told. */
export function answerSubject(agency: number, batchId: string): string {
  return `stored.${agency}.${batchId}`;
}
