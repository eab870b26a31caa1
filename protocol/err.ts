/**
 * ERR, server → agency: a message was refused, and why.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `ERR,` |
 * | 8 | PAYLOAD_SIZE |
 * | PAYLOAD_SIZE | `batch_id,code,text` and a line feed; batch_id is 0 where there is none |
 */
import { LINE_FEED } from './ascii';
import { ErrorCode, isErrorCode, ProtocolError } from './error_codes';
import { MAX_SHORT_REPLY_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyPayloadBytes, replyHeader } from './reply_header';

/** A refusal. */
export interface ErrMessage {
  readonly type: 'ERR';
  /** The batch that was refused, 0 where there is none. */
  readonly batchId: number;
  readonly code: ErrorCode;
  /** What was wrong, for a person to read. */
  readonly text: string;
}

/**
 * The bytes of an ERR.
 *
 * @throws RangeError when the text holds a line feed or is too long for a short reply
 */
export function encodeErr(batchId: number, code: ErrorCode, text: string): Buffer {
  const payload = Buffer.from(`${batchId},${code},${text}\n`, 'utf8');
  if (payload.length > MAX_SHORT_REPLY_BYTES || payload.indexOf(LINE_FEED) !== payload.length - 1) {
    throw new RangeError(
      `the text of an ERR is one line, with its code at most ${MAX_SHORT_REPLY_BYTES} bytes`,
    );
  }
  return Buffer.concat([Buffer.from(replyHeader('ERR', payload.length), 'latin1'), payload]);
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number or too large */
export function measureErr(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + readReplyPayloadBytes(bytes, start, MAX_SHORT_REPLY_BYTES);
}

/** @throws ProtocolError `bad-header` when the payload is not `batch_id,code,text` */
export function readErr(bytes: Buffer, start: number, end: number): ErrMessage {
  const payload = bytes.subarray(start + REPLY_HEADER_BYTES, end);
  const parts = /^([0-9]{1,8}),([a-z-]+),(.*)\n$/.exec(payload.toString('utf8'));
  const [, digits, code, text] = parts ?? [];
  if (digits === undefined || code === undefined || text === undefined || !isErrorCode(code)) {
    throw new ProtocolError('bad-header', 'the payload of an ERR is not batch_id,code,text');
  }
  return { type: 'ERR', batchId: Number(digits), code, text };
}
