/** What CHK and RCP have in common: a line that names a batch of an agency. */
import { readRightAligned, rightAligned } from './agency_header';
import { NOT_DECIMAL, readDecimal, zeroPadded } from './decimals';
import { ProtocolError } from './error_codes';
import { BATCH_ID_DIGITS, REQUEST_HEADER_BYTES } from './limits';

const BATCH_ID_OFFSET = 3;
const AGENCY_OFFSET = BATCH_ID_OFFSET + BATCH_ID_DIGITS;

/** The letters, BATCH_ID in 8 digits, AGENCY right-aligned in 12 columns, and a line feed (PROTOCOL.md, R27, R29). */
export function encodeBatchLine(letters: 'CHK' | 'RCP', agency: number, batchId: number): Buffer {
  const digits = zeroPadded(batchId, BATCH_ID_DIGITS);
  return Buffer.from(
    `${letters}${digits}${rightAligned(agency, REQUEST_HEADER_BYTES - AGENCY_OFFSET)}\n`,
    'latin1',
  );
}

/**
 * Reads what stands behind the letters.
 *
 * @throws ProtocolError `bad-header` when BATCH_ID or AGENCY is no decimal number
 */
export function readBatchLine(bytes: Buffer, start: number): { agency: number; batchId: number } {
  const batchId = readDecimal(bytes, start + BATCH_ID_OFFSET, start + AGENCY_OFFSET);
  if (batchId === NOT_DECIMAL) throw new ProtocolError('bad-header', 'BATCH_ID is no decimal number');
  const agency = readRightAligned(bytes, start + AGENCY_OFFSET, start + REQUEST_HEADER_BYTES);
  return { agency, batchId };
}
