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
import { readRightAligned, rightAligned } from './agency_header';
import { NOT_DECIMAL, readDecimal, zeroPadded } from './decimals';
import { ProtocolError } from './error_codes';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from './limits';

const BATCH_ID_OFFSET = 3;
const AGENCY_OFFSET = BATCH_ID_OFFSET + BATCH_ID_DIGITS;

/** An agency asks for the check value of its batches (PROTOCOL.md, R27). */
export interface ChkMessage {
  readonly type: 'CHK';
  readonly agency: number;
  /** Up to which batch; 0 for as far as they are stored. */
  readonly upToBatchId: number;
}

/** The bytes of a CHK, its line feed included. */
export function encodeChk(agency: number, upToBatchId: number): Buffer {
  const batchId = zeroPadded(upToBatchId, BATCH_ID_DIGITS);
  return Buffer.from(
    `CHK${batchId}${rightAligned(agency, REQUEST_HEADER_BYTES - AGENCY_OFFSET)}\n`,
    'latin1',
  );
}

/** @throws ProtocolError `bad-header` when BATCH_ID or AGENCY is no decimal number */
export function readChk(bytes: Buffer, start: number): ChkMessage {
  const upToBatchId = readDecimal(bytes, start + BATCH_ID_OFFSET, start + AGENCY_OFFSET);
  if (upToBatchId === NOT_DECIMAL) throw new ProtocolError('bad-header', 'BATCH_ID is no decimal number');
  const agency = readRightAligned(bytes, start + AGENCY_OFFSET, start + REQUEST_HEADER_BYTES);
  return { type: 'CHK', agency, upToBatchId };
}
