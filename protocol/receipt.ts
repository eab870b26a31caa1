/**
 * RCP, server → agency, the answer to an agency's RCP: the receipt of a batch, or of the agency's FIN.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `RCP,` |
 * | 8 | PAYLOAD_SIZE |
 * | PAYLOAD_SIZE | a tlog-proof file (C2SP); nothing where there is no receipt yet, or never will be |
 */
import { MAX_RECEIPT_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyPayloadBytes, replyHeader } from './reply_header';

/** A receipt, or that there is none yet (PROTOCOL.md, R29). */
export interface ReceiptMessage {
  readonly type: 'RCP';
  /** The tlog-proof file as it came, not looked at; of no bytes where there is none. */
  readonly receipt: Buffer;
}

/**
 * The bytes of a server's RCP.
 *
 * @param receipt the tlog-proof file; `undefined` where there is none
 * @throws RangeError when it is longer than `MAX_RECEIPT_BYTES`
 */
export function encodeReceipt(receipt: Uint8Array | undefined): Buffer {
  const payload = receipt ?? Buffer.alloc(0);
  if (payload.length > MAX_RECEIPT_BYTES) throw new RangeError(`a receipt of ${payload.length} bytes`);
  return Buffer.concat([Buffer.from(replyHeader('RCP', payload.length), 'latin1'), payload]);
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number or too large */
export function measureReceipt(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + readReplyPayloadBytes(bytes, start, MAX_RECEIPT_BYTES);
}

/** Reads the RCP that lies between `start` and `end`: any bytes are a receipt here. */
export function readReceipt(bytes: Buffer, start: number, end: number): ReceiptMessage {
  return { type: 'RCP', receipt: bytes.subarray(start + REPLY_HEADER_BYTES, end) };
}
