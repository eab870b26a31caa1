/**
 * BET, agency → server: one batch of bets.
 *
 * | bytes | what |
 * | --- | --- |
 * | 3 | `BET` |
 * | 8 | PAYLOAD_SIZE, zero-padded decimal: the bytes of the payload |
 * | 4 | BATCH_SIZE, zero-padded decimal: how many bets |
 * | 8 | BATCH_ID, zero-padded decimal: counts up from 1 for each agency |
 * | PAYLOAD_SIZE | the payload: `;`, then the bets joined with `;` |
 * | 1 | line feed |
 */
import { LINE_FEED, SEMICOLON } from './ascii';
import { NOT_DECIMAL, readDecimal, zeroPadded } from './decimals';
import { ProtocolError } from './error_codes';
import {
  BATCH_ID_DIGITS,
  BATCH_SIZE_DIGITS,
  MAX_BATCH_ID,
  MAX_BATCH_SIZE,
  MAX_PAYLOAD_BYTES,
  PAYLOAD_SIZE_DIGITS,
  REQUEST_HEADER_BYTES,
} from './limits';

const PAYLOAD_SIZE_OFFSET = 3;
const BATCH_SIZE_OFFSET = PAYLOAD_SIZE_OFFSET + PAYLOAD_SIZE_DIGITS;
const BATCH_ID_OFFSET = BATCH_SIZE_OFFSET + BATCH_SIZE_DIGITS;

/** A batch as it came: framed, its contents not yet checked (see `checkBatch`). */
export interface BetMessage {
  readonly type: 'BET';
  /** BATCH_ID, 0 to 99,999,999. */
  readonly batchId: number;
  /** BATCH_SIZE, 0 to 9,999: what the header claims. */
  readonly batchSize: number;
  /** The payload with its leading `;`, without the closing line feed. A view, not a copy. */
  readonly payload: Buffer;
}

/**
 * The length of a whole BET, told from its header.
 *
 * @throws ProtocolError `bad-header` when a field is no number; `too-large` when PAYLOAD_SIZE is over
 *   `maxPayloadBytes`
 */
export function measureBet(bytes: Buffer, start: number, maxPayloadBytes: number): number {
  const payloadBytes = readDecimal(bytes, start + PAYLOAD_SIZE_OFFSET, start + BATCH_SIZE_OFFSET);
  const batchSize = readDecimal(bytes, start + BATCH_SIZE_OFFSET, start + BATCH_ID_OFFSET);
  const batchId = readDecimal(bytes, start + BATCH_ID_OFFSET, start + REQUEST_HEADER_BYTES);
  if (payloadBytes === NOT_DECIMAL || batchSize === NOT_DECIMAL || batchId === NOT_DECIMAL) {
    throw new ProtocolError('bad-header', 'a field of the BET header is no decimal number');
  }
  if (payloadBytes > maxPayloadBytes) {
    throw new ProtocolError(
      'too-large',
      `PAYLOAD_SIZE is over the limit of ${maxPayloadBytes} bytes`,
      batchId,
    );
  }
  return REQUEST_HEADER_BYTES + payloadBytes + 1;
}

/**
 * Reads the BET that lies whole between `start` and `end`.
 *
 * @throws ProtocolError `bad-header` when the byte after the payload is no line feed
 */
export function readBet(bytes: Buffer, start: number, end: number): BetMessage {
  const batchId = readDecimal(bytes, start + BATCH_ID_OFFSET, start + REQUEST_HEADER_BYTES);
  if (bytes[end - 1] !== LINE_FEED) {
    throw new ProtocolError('bad-header', 'no line feed behind the payload: PAYLOAD_SIZE is wrong', batchId);
  }
  return {
    type: 'BET',
    batchId,
    batchSize: readDecimal(bytes, start + BATCH_SIZE_OFFSET, start + BATCH_ID_OFFSET),
    payload: bytes.subarray(start + REQUEST_HEADER_BYTES, end - 1),
  };
}

const FIRST_BYTES = 16 * 1024;
/** As many messages as may be on their way at once, and some that are not yet. */
const MAX_SPARE_BUFFERS = 128;

/**
 * Gathers bets into BET messages. The memory of messages that have served can be given back for others, so that a
 * stream of them needs no more than those that are on their way.
 *
 * A bet is taken as it is given: the caller has checked it, or checks it in place before `commit`.
 */
export class BetMessageBuilder {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #end = REQUEST_HEADER_BYTES;
  #betCount = 0;
  readonly #spare: Buffer[] = [];

  /** How many bets were appended since the last `build`. */
  get betCount(): number {
    return this.#betCount;
  }

  /** Where bets are written. Another buffer may be in its place after `begin`, `append` and `build`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /**
   * Makes room for a bet. It counts from `commit` on; before that, it can be started again.
   *
   * @param mostBytes what it takes at most
   * @returns the offset in `bytes` at which it begins
   */
  begin(mostBytes: number): number {
    this.#makeRoom(mostBytes + 2);
    this.#bytes[this.#end] = SEMICOLON;
    return this.#end + 1;
  }

  /** Takes the bet that was written since `begin` and ends before `end`. */
  commit(end: number): void {
    this.#end = end;
    this.#betCount++;
  }

  /** Appends a bet: `agency,bet_id,first_name,last_name,document,birthdate,number`. */
  append(bet: string): void {
    // Each UTF-16 unit takes three bytes of UTF-8 at most.
    const start = this.begin(bet.length * 3);
    this.commit(start + this.#bytes.write(bet, start, 'utf8'));
  }

  /** What was appended and not taken back: `;` and a bet, for each bet. A view that is overwritten later. */
  get payload(): Uint8Array {
    return this.#bytes.subarray(REQUEST_HEADER_BYTES, this.#end);
  }

  /** Takes all bets back. */
  clear(): void {
    this.#end = REQUEST_HEADER_BYTES;
    this.#betCount = 0;
  }

  /**
   * The whole message, ready for the socket; the builder is empty then.
   *
   * @throws RangeError when there are no bets or too many, or the batch id is out of 1 to 99,999,999
   */
  build(batchId: number): Buffer {
    const payloadBytes = this.#end - REQUEST_HEADER_BYTES;
    if (this.#betCount < 1 || this.#betCount > MAX_BATCH_SIZE || payloadBytes > MAX_PAYLOAD_BYTES) {
      throw new RangeError(`a batch holds 1 to ${MAX_BATCH_SIZE} bets, not ${this.#betCount}`);
    }
    if (batchId < 1 || batchId > MAX_BATCH_ID) {
      throw new RangeError(`a batch id is 1 to ${MAX_BATCH_ID}, not ${batchId}`);
    }
    this.#bytes.write(
      'BET' +
        zeroPadded(payloadBytes, PAYLOAD_SIZE_DIGITS) +
        zeroPadded(this.#betCount, BATCH_SIZE_DIGITS) +
        zeroPadded(batchId, BATCH_ID_DIGITS),
      0,
      'latin1',
    );
    this.#bytes[this.#end] = LINE_FEED;
    const message = this.#bytes.subarray(0, this.#end + 1);
    this.#bytes = this.#spare.pop() ?? Buffer.allocUnsafeSlow(withSlack(message.length));
    this.clear();
    return message;
  }

  /** Takes the memory of a message that was built and is of no use any more: other bets are written there. */
  takeBack(message: Buffer): void {
    if (this.#spare.length < MAX_SPARE_BUFFERS) this.#spare.push(Buffer.from(message.buffer));
  }

  /** Room for this many bytes after those that are there: a `;`, the bet and the closing line feed. */
  #makeRoom(moreBytes: number): void {
    if (this.#end + moreBytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(withSlack(this.#end + moreBytes));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** Room for a message of about so many bytes: the next one is seldom much longer. */
function withSlack(bytes: number): number {
  return Math.max(FIRST_BYTES, Math.ceil(bytes * 1.25));
}

/** A whole BET message of the given bets. For tests and small tools; an agency uses {@link BetMessageBuilder}. */
export function encodeBet(batchId: number, bets: readonly string[]): Buffer {
  const builder = new BetMessageBuilder();
  for (const bet of bets) builder.append(bet);
  return builder.build(batchId);
}
