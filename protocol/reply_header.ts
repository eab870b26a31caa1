import { NOT_DECIMAL, readDecimal, zeroPadded } from './decimals';
import { ProtocolError } from './error_codes';
import { PAYLOAD_SIZE_DIGITS, REPLY_HEADER_BYTES } from './limits';

const PAYLOAD_SIZE_OFFSET = REPLY_HEADER_BYTES - PAYLOAD_SIZE_DIGITS;

/**
 * The header of a reply: three letters, `,` and PAYLOAD_SIZE in eight digits.
 *
 * @throws RangeError when the payload is longer than eight digits can say
 */
export function replyHeader(
  letters: 'ACK' | 'WIN' | 'HAS' | 'CRC' | 'RCP' | 'ERR',
  payloadBytes: number,
): string {
  return `${letters},${zeroPadded(payloadBytes, PAYLOAD_SIZE_DIGITS)}`;
}

/**
 * Reads PAYLOAD_SIZE of the reply whose header begins at `start`.
 *
 * @throws ProtocolError `bad-header` when it is no number or over `maxBytes`
 */
export function readReplyPayloadBytes(bytes: Buffer, start: number, maxBytes: number): number {
  const payloadBytes = readDecimal(bytes, start + PAYLOAD_SIZE_OFFSET, start + REPLY_HEADER_BYTES);
  if (payloadBytes === NOT_DECIMAL || payloadBytes > maxBytes) {
    throw new ProtocolError('bad-header', `PAYLOAD_SIZE of a reply is no number up to ${maxBytes}`);
  }
  return payloadBytes;
}

/**
 * Reads the comma-separated whole numbers of a short reply's payload, which ends with a line feed.
 *
 * @throws ProtocolError `bad-header` when it holds anything else, or not `count` numbers
 */
export function readReplyNumbers(payload: Buffer, count: number): number[] {
  const text = payload.toString('latin1');
  const numbers = text.endsWith('\n') ? text.slice(0, -1).split(',').map(readWholeNumber) : [];
  if (numbers.length !== count || numbers.includes(NOT_DECIMAL)) {
    throw new ProtocolError('bad-header', `the payload of a reply is not ${count} numbers and a line feed`);
  }
  return numbers;
}

function readWholeNumber(digits: string): number {
  const bytes = Buffer.from(digits, 'latin1');
  return readDecimal(bytes, 0, bytes.length);
}
