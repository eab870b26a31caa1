/**
 * WIN, server → agency: the documents of that agency's winners, once the draw has run.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | `WIN,` |
 * | 8 | PAYLOAD_SIZE; `00000000` when nobody has won |
 * | PAYLOAD_SIZE | the documents joined with `,`, nothing after them |
 */
import { COMMA, NINE, ZERO } from './ascii';
import { ProtocolError } from './error_codes';
import { MAX_PAYLOAD_BYTES, REPLY_HEADER_BYTES } from './limits';
import { readReplyPayloadBytes, replyHeader } from './reply_header';

/** The winners of one agency. */
export interface WinMessage {
  readonly type: 'WIN';
  /** A document for each bet that has won, in the order of the agency's batches and of the bets in them. */
  readonly documents: readonly string[];
}

/**
 * The bytes of a WIN.
 *
 * @param documents the winners' documents joined with `,`; empty for none
 * @throws RangeError when they are longer than PAYLOAD_SIZE can say
 */
export function encodeWin(documents: string): Buffer {
  return Buffer.from(replyHeader('WIN', documents.length) + documents, 'latin1');
}

/** @throws ProtocolError `bad-header` when PAYLOAD_SIZE is no number */
export function measureWin(bytes: Buffer, start: number): number {
  return REPLY_HEADER_BYTES + readReplyPayloadBytes(bytes, start, MAX_PAYLOAD_BYTES);
}

/** @throws ProtocolError `bad-header` when the payload is not decimal documents joined with `,` */
export function readWin(bytes: Buffer, start: number, end: number): WinMessage {
  const payload = bytes.subarray(start + REPLY_HEADER_BYTES, end);
  if (payload.length === 0) return { type: 'WIN', documents: [] };
  let previous = COMMA;
  for (const byte of payload) {
    const isDigit = byte >= ZERO && byte <= NINE;
    if (!isDigit && (byte !== COMMA || previous === COMMA)) throw badDocuments();
    previous = byte;
  }
  if (previous === COMMA) throw badDocuments();
  return { type: 'WIN', documents: payload.toString('latin1').split(',') };
}

function badDocuments(): ProtocolError {
  return new ProtocolError('bad-header', 'the payload of a WIN is not documents joined with commas');
}
