/**
 * CHK, agency → server: which bets are stored of me, up to a batch? Answered with CRC.
 *
 * | bytes | what |
 * | --- | --- |
 * | 3 | `CHK` |
 * | 8 | BATCH_ID, zero-padded decimal: up to which batch; 0 for as far as they are stored |
 * | 12 | AGENCY, right-aligned, padded with spaces (or zeros) |
 * | 0 or 1 | line feed |
 */
import { encodeBatchLine, readBatchLine } from './batch_line';

/** An agency asks for the check value of its batches (PROTOCOL.md, R27). */
export interface ChkMessage {
  readonly type: 'CHK';
  readonly agency: number;
  /** Up to which batch; 0 for as far as they are stored. */
  readonly upToBatchId: number;
}

/** The bytes of a CHK, its line feed included. */
export function encodeChk(agency: number, upToBatchId: number): Buffer {
  return encodeBatchLine('CHK', agency, upToBatchId);
}

/** @throws ProtocolError `bad-header` when BATCH_ID or AGENCY is no decimal number */
export function readChk(bytes: Buffer, start: number): ChkMessage {
  const { agency, batchId } = readBatchLine(bytes, start);
  return { type: 'CHK', agency, upToBatchId: batchId };
}
