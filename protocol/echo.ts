/**
 * ECHO, both ways: a line `ECHO text`, its line feed included 1,024 bytes at most, answered with the same bytes.
 */
import { LINE_FEED, SPACE } from './ascii';
import { ProtocolError } from './error_codes';
import { MAX_ECHO_BYTES } from './limits';

/** A line to be sent back as it came. */
export interface EchoMessage {
  readonly type: 'ECHO';
  /** The whole line, from `ECHO ` to the line feed. */
  readonly line: Buffer;
}

/** How every ECHO begins. */
export const ECHO_PREFIX = Buffer.from('ECHO ', 'latin1');

/** The first word of an ECHO that only looks whether the server is alive, and wants no place in its log (R8). */
export const HEALTH_CHECK_WORD = 'health';
const HEALTH_CHECK = Buffer.concat([ECHO_PREFIX, Buffer.from(HEALTH_CHECK_WORD, 'latin1')]);

/** Whether a whole line is an ECHO whose first word is {@link HEALTH_CHECK_WORD}. */
export function isHealthCheck(line: Buffer): boolean {
  const { length } = HEALTH_CHECK;
  if (!line.subarray(0, length).equals(HEALTH_CHECK)) return false;
  return line[length] === LINE_FEED || line[length] === SPACE;
}

/** @throws RangeError when the text holds a line feed or the line would be too long */
export function encodeEcho(text: string): Buffer {
  const line = Buffer.from(`ECHO ${text}\n`, 'utf8');
  if (line.length > MAX_ECHO_BYTES || line.indexOf(LINE_FEED) !== line.length - 1) {
    throw new RangeError(`an ECHO is one line of at most ${MAX_ECHO_BYTES} bytes`);
  }
  return line;
}

/**
 * The length of an ECHO line, or the most that it can be when its end has not come yet.
 *
 * @throws ProtocolError `bad-header` when it is over the limit
 */
export function measureEcho(bytes: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_ECHO_BYTES);
  const lineFeed = bytes.subarray(start, limit).indexOf(LINE_FEED);
  if (lineFeed >= 0) return lineFeed + 1;
  if (limit - start >= MAX_ECHO_BYTES) {
    throw new ProtocolError('bad-header', `an ECHO is a line of at most ${MAX_ECHO_BYTES} bytes`);
  }
  return MAX_ECHO_BYTES;
}

/** Reads the line that lies whole between `start` and `end`. */
export function readEcho(bytes: Buffer, start: number, end: number): EchoMessage {
  return { type: 'ECHO', line: bytes.subarray(start, end) };
}
