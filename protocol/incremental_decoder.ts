import { LINE_FEED } from './ascii';
import { SpareMemory } from './spare_memory';

const EMPTY = Buffer.alloc(0);
const FIRST_HELD_BYTES = 256;
/** The memory for a message is at most so many times what has come of it: few moves, and no trust in a header. */
const GROWTH = 4;

/**
 * Turns a stream of bytes, split in any way, into messages.
 *
 * A message that lies whole in a chunk is read where it lies; one that spans chunks is gathered once, in a
 * buffer that grows with the bytes that have really come and never beyond the message's own length, so that
 * a header which promises much costs nothing. A message's bytes are never overwritten once it was given out, unless the
 * decoder was given spare memory: then they are for use until `next` is called again.
 *
 * Use: `push` a chunk, then call `next` until it returns `undefined`; a caller that has enough for now may stop
 * before that, and go on later. After `next` has thrown, the stream is of no more use.
 */
export abstract class IncrementalDecoder<Message> {
  #chunk: Buffer = EMPTY;
  #offset = 0;
  #held: Buffer = EMPTY;
  #heldBytes = 0;
  readonly #spare: SpareMemory | undefined;
  /** The memory of the message that was given out last. */
  #lent: Buffer | undefined;
  #skipsLineFeed = false;

  /** @param spare where memory for messages in parts comes from and goes to */
  constructor(spare?: SpareMemory) {
    this.#spare = spare;
  }

  /** The memory, in bytes, that is held for a message of which only a part has come. */
  get heldCapacityBytes(): number {
    return this.#held.length;
  }

  /** The memory, in bytes, of the chunk that is not read to its end. */
  get unreadBytes(): number {
    return this.#offset < this.#chunk.length ? this.#chunk.length : 0;
  }

  /** Whether bytes of an unfinished or unread message are here. */
  get isInMessage(): boolean {
    return this.#heldBytes > 0 || this.#offset < this.#chunk.length;
  }

  /**
   * Takes the next bytes of the stream. The decoder keeps the chunk until it is read.
   *
   * @throws Error when the chunk before was not read to its end: a mistake of the caller
   */
  push(chunk: Buffer): void {
    if (this.#offset < this.#chunk.length) throw new Error('the chunk before was not read to its end');
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * Reads the next whole message.
   *
   * @returns the message, or `undefined` when more bytes are needed
   * @throws ProtocolError when the bytes are no message
   */
  next(): Message | undefined {
    this.#takeBack();
    this.#skipLineFeed();
    if (this.#heldBytes > 0) return this.#nextFromHeld();
    const available = this.#chunk.length - this.#offset;
    if (available === 0) {
      this.#releaseChunk();
      return undefined;
    }
    const messageBytes = this.measure(this.#chunk, this.#offset, this.#chunk.length);
    if (messageBytes > available) {
      this.#hold(available, messageBytes);
      this.#releaseChunk();
      return undefined;
    }
    const start = this.#offset;
    this.#offset += messageBytes;
    return this.read(this.#chunk, start, start + messageBytes);
  }

  /**
   * Tells how many bytes the message at `start` takes, as far as the bytes up to `end` (at least one) show it.
   *
   * @returns the message's whole length when it is no more than `end - start`; otherwise how many bytes may be
   *   needed to tell more, at least one more than there are
   * @throws ProtocolError when no message can begin with these bytes
   */
  protected abstract measure(bytes: Buffer, start: number, end: number): number;

  /**
   * Reads the message that lies whole between `start` and `end`.
   *
   * @throws ProtocolError when it breaks a rule
   */
  protected abstract read(bytes: Buffer, start: number, end: number): Message;

  /** Called from `read`: a line feed directly after this message belongs to it and is skipped if it comes. */
  protected skipLineFeedBehind(): void {
    this.#skipsLineFeed = true;
  }

  #takeBack(): void {
    if (this.#lent === undefined) return;
    this.#spare?.give(this.#lent);
    this.#lent = undefined;
  }

  #skipLineFeed(): void {
    if (!this.#skipsLineFeed || this.#offset >= this.#chunk.length) return;
    if (this.#chunk[this.#offset] === LINE_FEED) this.#offset++;
    this.#skipsLineFeed = false;
  }

  #nextFromHeld(): Message | undefined {
    for (;;) {
      const messageBytes = this.measure(this.#held, 0, this.#heldBytes);
      if (messageBytes <= this.#heldBytes) {
        const held = this.#held;
        // What was held beyond the message came from this chunk: it begins the next one.
        this.#offset -= this.#heldBytes - messageBytes;
        this.#held = EMPTY;
        this.#heldBytes = 0;
        this.#lent = held;
        return this.read(held, 0, messageBytes);
      }
      const available = this.#chunk.length - this.#offset;
      if (available === 0) {
        this.#releaseChunk();
        return undefined;
      }
      this.#hold(Math.min(available, messageBytes - this.#heldBytes), messageBytes);
    }
  }

  /** The chunk is read to its end: a stream that idles must not keep it alive. */
  #releaseChunk(): void {
    this.#chunk = EMPTY;
    this.#offset = 0;
  }

  /** Moves `count` bytes of the chunk after those held; at most `messageBytes` will be held in all. */
  #hold(count: number, messageBytes: number): void {
    const wanted = this.#heldBytes + count;
    if (wanted > this.#held.length) {
      const capacity = Math.max(wanted, Math.min(messageBytes, Math.max(FIRST_HELD_BYTES, wanted * GROWTH)));
      const grown = this.#spare?.take(capacity) ?? Buffer.allocUnsafeSlow(capacity);
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      if (this.#held.length > 0) this.#spare?.give(this.#held);
      this.#held = grown;
    }
    this.#chunk.copy(this.#held, this.#heldBytes, this.#offset, this.#offset + count);
    this.#heldBytes += count;
    this.#offset += count;
  }
}
