/**
 * ACK, server → agency: this batch is on durable storage, once, and will be in the draw.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `ACK,` |
 * | 8 | PAYLOAD_SIZE: the payload with its line feed, without the `,` before it |
 * | 1 | `,` |
 * | PAYLOAD_SIZE | `agency,batch_id` and a line feed |
 */
import { COMMA } from './ascii';
import { ProtocolError } from './error_codes';
import { MAX_SHORT_REPLY_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyNumbers, readReplyPayloadBytes, replyHeader } from './reply_header';

/** The acknowledgement of one batch. */
export interface AckMessage {
  readonly type: 'ACK';
  readonly agency: number;
  readonly batchId: number;
}

/** The bytes of an ACK. */
export function encodeAck(agency: number, batchId: number): Buffer {
  const payload = `${agency},${batchId}\n`;
  return Buffer.from(`${replyHeader('ACK', payload.length)},${payload}`, 'latin1');
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number or too large */
export function measureAck(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + 1 + readReplyPayloadBytes(bytes, start, MAX_SHORT_REPLY_BYTES);
}

/** @throws ProtocolError `bad-header` when the payload is not `agency,batch_id` */
export function readAck(bytes: Buffer, start: number, end: number): AckMessage {
  if (bytes[start + REPLY_HEADER_BYTES] !== COMMA) {
    throw new ProtocolError('bad-header', 'no comma behind the header of an ACK');
  }
  const numbers = readReplyNumbers(bytes.subarray(start + REPLY_HEADER_BYTES + 1, end), 2);
  return { type: 'ACK', agency: numbers[0]!, batchId: numbers[1]! };
}
