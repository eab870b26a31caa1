import { Conversation, Decoder, ReplyStream, StreamProtocol } from '../conversation';
import { OwedReply, ReplySlot } from '../reply_queue';

/** The longest line, in bytes. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** A question that a {@link LineProtocol} was asked and has not answered. */
export interface Question {
  readonly text: string;
  answer(): void;
  /** Answers `no TEXT` as the last reply. */
  refuse(): void;
}

/**
 * A protocol of lines: `say X` is answered with `X`, `ask X` with `X` when the test says so, `owe X` takes its place and
 * frees it, and is answered with `X` out of order when the test says so. A line that begins with `!` cannot be read. For
 * tests.
 */
export class LineProtocol implements StreamProtocol<string> {
  readonly maxMessageBytes = MAX_LINE_BYTES;
  /** What waits for an answer in its order, the oldest first. */
  readonly asked: Question[] = [];
  /** What is owed out of order. */
  readonly owed: Question[] = [];

  newDecoder(): LineDecoder {
    return new LineDecoder();
  }

  converse(stream: ReplyStream): LineConversation {
    return new LineConversation(stream, this);
  }

  answerAll(): void {
    for (const question of this.asked.splice(0)) question.answer();
  }

  refuseAll(): void {
    for (const question of this.asked.splice(0)) question.refuse();
  }

  /** Delivers all that is owed. */
  deliverAll(): void {
    for (const question of this.owed.splice(0)) question.answer();
  }
}

class LineDecoder implements Decoder<string> {
  #chunk: Buffer = Buffer.alloc(0);
  #held: Buffer = Buffer.alloc(0);

  get isInMessage(): boolean {
    return this.#held.length + this.#chunk.length > 0;
  }

  get heldCapacityBytes(): number {
    return this.#held.length;
  }

  get unreadBytes(): number {
    return this.#chunk.length;
  }

  push(chunk: Buffer): void {
    if (this.#chunk.length > 0) throw new Error('the chunk before was not read to its end');
    this.#chunk = chunk;
  }

  next(): string | undefined {
    const end = this.#chunk.indexOf('\n');
    const taken = this.#chunk.subarray(0, end < 0 ? this.#chunk.length : end);
    const line = this.#held.length === 0 ? taken : Buffer.concat([this.#held, taken]);
    if (line[0] === 0x21) throw new Error('not a line');
    this.#chunk = end < 0 ? Buffer.alloc(0) : this.#chunk.subarray(end + 1);
    this.#held = end < 0 ? line : Buffer.alloc(0);
    return end < 0 ? undefined : line.toString();
  }
}

class LineConversation implements Conversation<string> {
  readonly #stream: ReplyStream;
  readonly #protocol: LineProtocol;

  constructor(stream: ReplyStream, protocol: LineProtocol) {
    this.#stream = stream;
    this.#protocol = protocol;
  }

  answer(line: string): void {
    const slot = this.#stream.expect();
    const text = line.slice(4);
    if (line.startsWith('ask ')) {
      this.#protocol.asked.push(this.#question(text, slot));
    } else if (line.startsWith('owe ')) {
      this.#owe(text, this.#stream.owe());
      this.#stream.fulfil(slot, Buffer.alloc(0));
    } else {
      this.#stream.fulfil(slot, Buffer.from(`${text}\n`));
    }
  }

  refuseUnreadable(): void {
    this.#stream.fulfilLast(this.#stream.expect(), Buffer.from('bad\n'));
  }

  refuseUnfinished(): void {
    this.#stream.fulfilLast(this.#stream.expect(), Buffer.from('full\n'));
  }

  abandon(): void {
    this.#stream.dropOwed();
  }

  #question(text: string, slot: ReplySlot): Question {
    return {
      text,
      answer: () => this.#stream.fulfil(slot, Buffer.from(`${text}\n`)),
      refuse: () => this.#stream.fulfilLast(slot, Buffer.from(`no ${text}\n`)),
    };
  }

  #owe(text: string, owed: OwedReply): void {
    this.#protocol.owed.push({
      text,
      answer: () => this.#stream.deliver(owed, Buffer.from(`${text}\n`)),
      refuse: () => this.#stream.drop(owed),
    });
  }
}
