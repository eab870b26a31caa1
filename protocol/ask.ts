/**
 * ASK, agency → server: where do I stand? Answered with HAS.
 *
 * | bytes | what |
 * | --- | --- |
 * | 3 | `ASK` |
 * | 20 | AGENCY, right-aligned, padded with spaces (or zeros) |
 * | 0 or 1 | line feed |
 */
import { encodeAgencyHeader, readAgencyHeader } from './agency_header';

/** An agency asks which of its batches are stored. */
export interface AskMessage {
  readonly type: 'ASK';
  readonly agency: number;
}

/** The bytes of an ASK, its line feed included. */
export function encodeAsk(agency: number): Buffer {
  return encodeAgencyHeader('ASK', agency);
}

/** @throws ProtocolError `bad-header` when AGENCY is no decimal number */
export function readAsk(bytes: Buffer, start: number): AskMessage {
  return { type: 'ASK', agency: readAgencyHeader(bytes, start) };
}
