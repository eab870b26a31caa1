import { CARRIAGE_RETURN, LINE_FEED } from '../../../protocol/ascii';
import { IncrementalDecoder } from '../../../protocol/incremental_decoder';
import type { SpareMemory } from '../../../protocol/spare_memory';
import { Command, isStoreLine, Line, readLine, refused, StoreLine } from './command';
import { MAX_LINE_BYTES, MAX_SHORT_LINE_BYTES } from './limits';

/** What comes is not the memcached protocol, or cannot be told from it any more: the connection ends. */
export class NoCommand extends Error {
  override readonly name = 'NoCommand';

  /** @param reply what the peer is told; empty for nothing */
  constructor(readonly reply: string) {
    super('no command of memcached');
  }
}

/** Of the keys of a `get`, there may be many. */
const GET = /^gets? /;
const HTTP_LINE = / HTTP\/[0-9]/;
const BAD_DATA = 'CLIENT_ERROR bad data chunk';
const TOO_LARGE = 'SERVER_ERROR object too large for cache';

/**
 * Bytes of a peer → commands. Lines, and values behind them, end with CR LF; a line feed alone is taken as well, since
 * that is what people type.
 *
 * A value that is too long is refused and passed over, without being held.
 */
export class CommandDecoder extends IncrementalDecoder<Command> {
  readonly #maxValueBytes: number;
  /** Bytes of a value that are passed over yet, with its end. */
  #passedBytes = 0;
  /** Whether the rest of a line is passed over: it is no part of a value, and no command. */
  #passesLine = false;

  /** @param spare as {@link IncrementalDecoder} takes it */
  constructor(maxValueBytes: number, spare?: SpareMemory) {
    super(spare);
    this.#maxValueBytes = maxValueBytes;
  }

  protected measure(bytes: Buffer, start: number, end: number): number {
    if (this.#passedBytes > 0) return Math.min(this.#passedBytes, end - start);
    if (this.#passesLine) return passedLine(bytes, start, end);
    const lineEnd = endOfLine(bytes, start, end);
    if (lineEnd === undefined) return MAX_LINE_BYTES + 1;
    const line = lineOf(bytes, start, lineEnd);
    if (!isStoreLine(line) || line.valueBytes > this.#maxValueBytes) return lineEnd - start;
    return lineEnd - start + line.valueBytes + endBytes(bytes, lineEnd + line.valueBytes, end);
  }

  protected read(bytes: Buffer, start: number, end: number): Command {
    if (this.#passedBytes > 0) {
      this.#passedBytes -= end - start;
      return { type: 'passed' };
    }
    if (this.#passesLine) {
      this.#passesLine = bytes[end - 1] !== LINE_FEED;
      return { type: 'passed' };
    }
    const lineEnd = endOfLine(bytes, start, end)!;
    const line = lineOf(bytes, start, lineEnd);
    if (isStoreLine(line)) return this.#readValue(line, bytes, lineEnd, end);
    if ('valueBytes' in line) this.#passValue(line.valueBytes);
    return line;
  }

  #readValue(line: StoreLine, bytes: Buffer, start: number, end: number): Command {
    const { valueBytes, isQuiet } = line;
    if (valueBytes > this.#maxValueBytes) {
      this.#passValue(valueBytes);
      return refused(TOO_LARGE, isQuiet);
    }
    if (bytes[end - 1] !== LINE_FEED) {
      this.#passesLine = true;
      return refused(BAD_DATA, isQuiet);
    }
    return { type: 'store', line, value: bytes.subarray(start, start + valueBytes) };
  }

  /** Passes over a value, and its end. */
  #passValue(valueBytes: number): void {
    this.#passedBytes = valueBytes;
    this.#passesLine = true;
  }
}

/** The index behind the line feed of the line at `start`; `undefined` when it has not come. @throws NoCommand */
function endOfLine(bytes: Buffer, start: number, end: number): number | undefined {
  const found = bytes.subarray(start, Math.min(end, start + MAX_LINE_BYTES)).indexOf(LINE_FEED);
  if (found >= 0) return start + found + 1;
  if (end - start >= MAX_LINE_BYTES) throw new NoCommand('CLIENT_ERROR line too long');
  const isLong = end - start > MAX_SHORT_LINE_BYTES && !GET.test(bytes.toString('latin1', start, start + 5));
  if (isLong) throw new NoCommand('');
  return undefined;
}

/** @throws NoCommand for a line of HTTP: no browser can be made to send commands */
function lineOf(bytes: Buffer, start: number, lineEnd: number): Line {
  const hasReturn = bytes[lineEnd - 2] === CARRIAGE_RETURN;
  const text = bytes.toString('latin1', start, Math.max(start, lineEnd - (hasReturn ? 2 : 1)));
  if (HTTP_LINE.test(text)) throw new NoCommand('');
  return readLine(text);
}

/** How long the end of a value is, as far as it shows: CR LF, or LF; anything else is no end, of which one byte is told. */
function endBytes(bytes: Buffer, start: number, end: number): number {
  const isReturn = start >= end || bytes[start] === CARRIAGE_RETURN;
  return isReturn ? 2 : 1;
}

function passedLine(bytes: Buffer, start: number, end: number): number {
  const found = bytes.subarray(start, end).indexOf(LINE_FEED);
  return found < 0 ? end - start : found + 1;
}
