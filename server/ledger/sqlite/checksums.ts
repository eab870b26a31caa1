/** Checksums over what the ledger holds, so that damage to the file is found and never passed on as bets or winners. */
import { crc32 } from 'node:zlib';

import { joinChecks, NO_CHECK, withoutSemicolon } from '../../../protocol/payload_check';

/** A row of `batches`, as far as a segment's checksum covers it. */
export interface BatchRow {
  readonly agency: number;
  readonly batch_id: number;
  readonly byte_offset: number;
  readonly byte_length: number;
  readonly bets: number;
  readonly last_bet_id: number;
  /** CRC-32 of its payload: its text, and the `;` before it. */
  readonly payload_check: number;
}

/**
 * CRC-32 of a segment's text, from the check values of the batches that fill it: the bytes are not read again.
 *
 * @returns 0 for a segment without batches
 */
export function textChecksum(batches: readonly BatchRow[]): number {
  let check = NO_CHECK;
  let bytes = 0;
  for (const { payload_check, byte_length } of batches) {
    check = joinChecks(check, payload_check, byte_length + 1);
    bytes += byte_length + 1;
  }
  return bytes === 0 ? NO_CHECK : withoutSemicolon(check, bytes - 1);
}

/** CRC-32 over a segment's text, whose own is given, and the rows of its batches, in their order. */
export function segmentChecksum(
  textCrc: number,
  batches: readonly Omit<BatchRow, 'payload_check'>[],
): number {
  let directory = '';
  for (const { agency, batch_id, byte_offset, byte_length, bets, last_bet_id } of batches) {
    directory += `${agency},${batch_id},${byte_offset},${byte_length},${bets},${last_bet_id};`;
  }
  return crc32(directory, textCrc);
}

/** Whether a segment's text and the rows of its batches, in their order, are what was stored. */
export function isSegmentWhole(text: Uint8Array, rows: readonly BatchRow[], checksum: number): boolean {
  const textCrc = crc32(text);
  return textChecksum(rows) === textCrc && segmentChecksum(textCrc, rows) === checksum;
}

/** CRC-32 over the audit log's lines of a segment, and its place. */
export function auditChecksum(sequence: number, lines: string): number {
  return crc32(lines, crc32(String(sequence)));
}

/** CRC-32 over the values of a small row, in their order. */
export function rowChecksum(...values: readonly (number | string)[]): number {
  return crc32(JSON.stringify(values));
}
