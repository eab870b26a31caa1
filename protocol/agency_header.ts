import { SPACE } from './ascii';
import { NOT_DECIMAL, readDecimal } from './decimals';
import { ProtocolError } from './error_codes';
import { AGENCY_WIDTH, REQUEST_HEADER_BYTES } from './limits';

const AGENCY_OFFSET = REQUEST_HEADER_BYTES - AGENCY_WIDTH;

/**
 * Writes the header that FIN and ASK share: three letters, then the agency, right-aligned in 20 columns.
 * A line feed closes the line.
 */
export function encodeAgencyHeader(letters: 'FIN' | 'ASK', agency: number): Buffer {
  return Buffer.from(`${letters}${rightAligned(agency, AGENCY_WIDTH)}\n`, 'latin1');
}

/**
 * Reads the agency of a FIN or an ASK; padding is spaces or zeros.
 *
 * @throws ProtocolError `bad-header` when the field is no decimal number
 */
export function readAgencyHeader(bytes: Buffer, start: number): number {
  return readRightAligned(bytes, start + AGENCY_OFFSET, start + REQUEST_HEADER_BYTES);
}

/**
 * An agency's id, right-aligned in `columns` columns.
 *
 * @throws RangeError when it is no whole number or has more digits
 */
export function rightAligned(agency: number, columns: number): string {
  const digits = String(agency);
  if (!Number.isSafeInteger(agency) || agency < 0 || digits.length > columns) {
    throw new RangeError(`${agency} is no agency id of up to ${columns} digits`);
  }
  return digits.padStart(columns, ' ');
}

/**
 * Reads an agency's id from `start` to `end`; padding is spaces or zeros.
 *
 * @throws ProtocolError `bad-header` when the field is no decimal number
 */
export function readRightAligned(bytes: Buffer, start: number, end: number): number {
  let first = start;
  while (first < end && bytes[first] === SPACE) first++;
  const agency = readDecimal(bytes, first, end);
  if (agency === NOT_DECIMAL) throw new ProtocolError('bad-header', 'AGENCY is no decimal number');
  return agency;
}
