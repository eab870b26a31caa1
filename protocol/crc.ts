/**
 * CRC, server → agency, the answer to CHK: the check value of the agency's batches up to one.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `CRC,` |
 * | 8 | PAYLOAD_SIZE |
 * | PAYLOAD_SIZE | `batch_id,last_bet_id,check` and a line feed |
 */
import { MAX_SHORT_REPLY_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyNumbers, readReplyPayloadBytes, replyHeader } from './reply_header';

/** Which bets are stored of an agency, up to a batch. */
export interface CrcMessage {
  readonly type: 'CRC';
  /** The batches 1 to this are meant: the one that was asked for, or the last up to which all are stored. */
  readonly batchId: number;
  /** The id of the last bet in that batch; 0 for no batch. */
  readonly lastBetId: number;
  /** CRC-32 of the payloads of these batches, one after the other (PROTOCOL.md, R27); 0 for no batch. */
  readonly check: number;
}

/** The bytes of a CRC. */
export function encodeCrc(batchId: number, lastBetId: number, check: number): Buffer {
  const payload = `${batchId},${lastBetId},${check}\n`;
  return Buffer.from(replyHeader('CRC', payload.length) + payload, 'latin1');
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number or too large */
export function measureCrc(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + readReplyPayloadBytes(bytes, start, MAX_SHORT_REPLY_BYTES);
}

/** @throws ProtocolError `bad-header` when the payload is not three numbers */
export function readCrc(bytes: Buffer, start: number, end: number): CrcMessage {
  const numbers = readReplyNumbers(bytes.subarray(start + REPLY_HEADER_BYTES, end), 3);
  return { type: 'CRC', batchId: numbers[0]!, lastBetId: numbers[1]!, check: numbers[2]! };
}
