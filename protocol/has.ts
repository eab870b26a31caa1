/**
 * HAS, server → agency, the answer to ASK: what is stored of this agency.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `HAS,` |
 * | 8 | PAYLOAD_SIZE |
 * | PAYLOAD_SIZE | `last_batch_id,last_bet_id,bets` and a line feed |
 */
import { MAX_SHORT_REPLY_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyNumbers, readReplyPayloadBytes, replyHeader } from './reply_header';

/** Where an agency stands. */
export interface HasMessage {
  readonly type: 'HAS';
  /** The highest batch id up to which all are stored; 0 for none. */
  readonly lastBatchId: number;
  /** The id of the last bet in that batch; 0 for none. */
  readonly lastBetId: number;
  /** How many bets of the agency are stored in all. */
  readonly bets: number;
}

/** The bytes of a HAS. */
export function encodeHas(lastBatchId: number, lastBetId: number, bets: number): Buffer {
  const payload = `${lastBatchId},${lastBetId},${bets}\n`;
  return Buffer.from(replyHeader('HAS', payload.length) + payload, 'latin1');
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number or too large */
export function measureHas(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + readReplyPayloadBytes(bytes, start, MAX_SHORT_REPLY_BYTES);
}

/** @throws ProtocolError `bad-header` when the payload is not three numbers */
export function readHas(bytes: Buffer, start: number, end: number): HasMessage {
  const numbers = readReplyNumbers(bytes.subarray(start + REPLY_HEADER_BYTES, end), 3);
  return { type: 'HAS', lastBatchId: numbers[0]!, lastBetId: numbers[1]!, bets: numbers[2]! };
}
