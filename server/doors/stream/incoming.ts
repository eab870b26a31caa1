import { BoundedSum } from './bounded_sum';
import { Decoder } from './conversation';

/** What has come from one peer and is not read yet, with its share of the memory for unfinished messages. */
export class Incoming<Message> {
  readonly #decoder: Decoder<Message>;
  readonly #partialBytes: BoundedSum;
  #countedBytes = 0;

  /** @param partialBytes what the unfinished messages of all connections hold */
  constructor(decoder: Decoder<Message>, partialBytes: BoundedSum) {
    this.#decoder = decoder;
    this.#partialBytes = partialBytes;
  }

  /** Whether bytes of an unfinished or unread message are here. */
  get isInMessage(): boolean {
    return this.#decoder.isInMessage;
  }

  /** The memory, in bytes, of what has come and is not read. */
  get unreadBytes(): number {
    return this.#decoder.unreadBytes;
  }

  push(chunk: Buffer): void {
    this.#decoder.push(chunk);
  }

  /** The next whole message. @throws Error as {@link Decoder.next} does */
  next(): Message | undefined {
    return this.#decoder.next();
  }

  /**
   * Counts the memory of the message that has begun.
   *
   * @returns whether there is enough: a peer that takes more when there is too little is refused; the others are not
   */
  countPartial(): boolean {
    const before = this.#countedBytes;
    this.#countedBytes = this.#decoder.heldCapacityBytes;
    if (this.#countedBytes === before) return true;
    this.#partialBytes.add(this.#countedBytes - before);
    return this.#countedBytes < before || !this.#partialBytes.isOver();
  }

  /** Gives back the memory of a message that has only begun. */
  release(): void {
    this.#partialBytes.add(-this.#countedBytes);
    this.#countedBytes = 0;
  }
}
