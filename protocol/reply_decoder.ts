import { AckMessage, measureAck, readAck } from './ack';
import { CrcMessage, measureCrc, readCrc } from './crc';
import { ECHO_PREFIX, EchoMessage, measureEcho, readEcho } from './echo';
import { ErrMessage, measureErr, readErr } from './err';
import { ProtocolError } from './error_codes';
import { HasMessage, measureHas, readHas } from './has';
import { IncrementalDecoder } from './incremental_decoder';
import { REPLY_HEADER_BYTES } from './limits';
import { measureReceipt, ReceiptMessage, readReceipt } from './receipt';
import { measureWin, readWin, WinMessage } from './win';

/** Everything that the server sends. */
export type Reply =
  AckMessage | WinMessage | HasMessage | CrcMessage | ReceiptMessage | ErrMessage | EchoMessage;

interface ReplyKind {
  readonly letters: Buffer;
  readonly headerBytes: number;
  readonly measure: (bytes: Buffer, start: number, end: number) => number;
  readonly read: (bytes: Buffer, start: number, end: number) => Reply;
}

const KINDS: readonly ReplyKind[] = [
  { letters: Buffer.from('ACK,'), headerBytes: REPLY_HEADER_BYTES, measure: measureAck, read: readAck },
  { letters: Buffer.from('WIN,'), headerBytes: REPLY_HEADER_BYTES, measure: measureWin, read: readWin },
  { letters: Buffer.from('HAS,'), headerBytes: REPLY_HEADER_BYTES, measure: measureHas, read: readHas },
  { letters: Buffer.from('CRC,'), headerBytes: REPLY_HEADER_BYTES, measure: measureCrc, read: readCrc },
  {
    letters: Buffer.from('RCP,'),
    headerBytes: REPLY_HEADER_BYTES,
    measure: measureReceipt,
    read: readReceipt,
  },
  { letters: Buffer.from('ERR,'), headerBytes: REPLY_HEADER_BYTES, measure: measureErr, read: readErr },
  { letters: ECHO_PREFIX, headerBytes: ECHO_PREFIX.length, measure: measureEcho, read: readEcho },
];

/** The agency's side of the wire: bytes of the server → replies (PROTOCOL.md, R10 to R15, R27, R29). */
export class ReplyDecoder extends IncrementalDecoder<Reply> {
  protected measure(bytes: Buffer, start: number, end: number): number {
    const kind = kindOf(bytes, start, end);
    if (kind === undefined || end - start < kind.headerBytes) return kind?.headerBytes ?? end - start + 1;
    return kind.measure(bytes, start, end);
  }

  protected read(bytes: Buffer, start: number, end: number): Reply {
    const kind = kindOf(bytes, start, end);
    if (kind === undefined) throw new Error('a message was read before it was measured');
    return kind.read(bytes, start, end);
  }
}

/** The one kind that the bytes can still become; `undefined` while there are several. */
function kindOf(bytes: Buffer, start: number, end: number): ReplyKind | undefined {
  const possible = KINDS.filter(({ letters }) => {
    const known = Math.min(letters.length, end - start);
    return letters.compare(bytes, start, start + known, 0, known) === 0;
  });
  if (possible.length === 0) throw new ProtocolError('bad-header', 'no reply begins like this');
  return possible.length === 1 ? possible[0] : undefined;
}
