/**
 * FIN, agency → server: I have sent everything; tell me my winners once the draw has run.
 *
 * | bytes | what |
 * | --- | --- |
 * | 3 | `FIN` |
 * | 20 | AGENCY, right-aligned, padded with spaces (or zeros) |
 * | 0 or 1 | line feed |
 */
import { encodeAgencyHeader, readAgencyHeader } from './agency_header';

/** An agency has finished. Idempotent. */
export interface FinMessage {
  readonly type: 'FIN';
  readonly agency: number;
}

/** The bytes of a FIN, its line feed included. */
export function encodeFin(agency: number): Buffer {
  return encodeAgencyHeader('FIN', agency);
}

/** @throws ProtocolError `bad-header` when AGENCY is no decimal number */
export function readFin(bytes: Buffer, start: number): FinMessage {
  return { type: 'FIN', agency: readAgencyHeader(bytes, start) };
}
