import { AskMessage, readAsk } from './ask';
import { BetMessage, measureBet, readBet } from './bet';
import { ChkMessage, readChk } from './chk';
import { ECHO_PREFIX, EchoMessage, measureEcho, readEcho } from './echo';
import { ProtocolError } from './error_codes';
import { FinMessage, readFin } from './fin';
import { IncrementalDecoder } from './incremental_decoder';
import { MAX_PAYLOAD_BYTES, REQUEST_HEADER_BYTES } from './limits';
import { RcpMessage, readRcp } from './rcp';
import { SpareMemory } from './spare_memory';

/** Everything that an agency sends. */
export type Request = BetMessage | FinMessage | AskMessage | ChkMessage | RcpMessage | EchoMessage;

const B = 0x42;
const F = 0x46;
const A = 0x41;
const C = 0x43;
const R = 0x52;
const E = 0x45;
const LETTERS = new Map<number, Buffer>([
  [B, Buffer.from('BET', 'latin1')],
  [F, Buffer.from('FIN', 'latin1')],
  [A, Buffer.from('ASK', 'latin1')],
  [C, Buffer.from('CHK', 'latin1')],
  [R, Buffer.from('RCP', 'latin1')],
  [E, ECHO_PREFIX],
]);

/**
 * The server's side of the wire: bytes of an agency → requests (PROTOCOL.md, R1 to R9, R27, R29).
 *
 * Only the framing is checked here: what a batch holds is for `checkBatch`.
 */
export class RequestDecoder extends IncrementalDecoder<Request> {
  readonly #maxPayloadBytes: number;

  /**
   * @param maxPayloadBytes the largest PAYLOAD_SIZE that is taken
   * @param spare as {@link IncrementalDecoder} takes it
   */
  constructor(maxPayloadBytes: number = MAX_PAYLOAD_BYTES, spare?: SpareMemory) {
    super(spare);
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  protected measure(bytes: Buffer, start: number, end: number): number {
    const kind = bytes[start]!;
    this.#checkLetters(bytes, start, end, kind);
    if (kind === E) return measureEcho(bytes, start, end);
    if (kind !== B || end - start < REQUEST_HEADER_BYTES) return REQUEST_HEADER_BYTES;
    return measureBet(bytes, start, this.#maxPayloadBytes);
  }

  protected read(bytes: Buffer, start: number, end: number): Request {
    switch (bytes[start]) {
      case B:
        return readBet(bytes, start, end);
      case E:
        return readEcho(bytes, start, end);
      case F:
        this.skipLineFeedBehind();
        return readFin(bytes, start);
      case C:
        this.skipLineFeedBehind();
        return readChk(bytes, start);
      case R:
        this.skipLineFeedBehind();
        return readRcp(bytes, start);
      default:
        this.skipLineFeedBehind();
        return readAsk(bytes, start);
    }
  }

  /** Refuses as soon as the bytes can no longer become a message, so that no peer waits for an answer in vain. */
  #checkLetters(bytes: Buffer, start: number, end: number, kind: number): void {
    const letters = LETTERS.get(kind);
    const known = letters === undefined ? 0 : Math.min(letters.length, end - start);
    if (letters === undefined || letters.compare(bytes, start, start + known, 0, known) !== 0) {
      throw new ProtocolError('bad-header', 'no BET, FIN, ASK, CHK, RCP or ECHO begins like this');
    }
  }
}
