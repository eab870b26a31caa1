/**
 * RCP, agency → server: the receipt of a batch, or of the agency's FIN. Answered with an RCP of the server (receipt.ts).
 *
 * | bytes | what |
 * | --- | --- |
 * | 3 | `RCP` |
 * | 8 | BATCH_ID, zero-padded decimal: the batch; 0 for the FIN |
 * | 12 | AGENCY, right-aligned, padded with spaces (or zeros) |
 * | 0 or 1 | line feed |
 */
import { encodeBatchLine, readBatchLine } from './batch_line';

/** An agency asks for a receipt (PROTOCOL.md, R29). */
export interface RcpMessage {
  readonly type: 'RCP';
  readonly agency: number;
  /** The batch whose receipt is wanted; 0 for the FIN. */
  readonly batchId: number;
}

/**
 * The bytes of an agency's RCP, its line feed included.
 *
 * @param batchId the batch, or 0 for the FIN
 */
export function encodeRcp(agency: number, batchId: number): Buffer {
  return encodeBatchLine('RCP', agency, batchId);
}

/** @throws ProtocolError `bad-header` when BATCH_ID or AGENCY is no decimal number */
export function readRcp(bytes: Buffer, start: number): RcpMessage {
  return { type: 'RCP', ...readBatchLine(bytes, start) };
}
