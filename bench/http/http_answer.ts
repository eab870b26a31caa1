/** Answers as they come over a connection on which one request at a time is under way. */

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *([0-9]+)/i;
const STATUS_START = 'HTTP/1.1 '.length;
const LINE_FEED = 0x0a;

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number;
  /** A view of memory that the next bytes may be written over. */
  readonly body: Buffer;
}

/** Gathers the bytes of one answer after the other. */
export class HttpAnswerDecoder {
  #bytes: Buffer | undefined;

  /**
   * Takes what has come.
   *
   * @returns the answer, if it is whole
   * @throws Error for an answer without Content-Length, or one that is longer than it says
   */
  take(chunk: Buffer): HttpAnswer | undefined {
    const bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    const headEnd = bytes.indexOf(HEAD_END);
    const bodyStart = headEnd + HEAD_END.length;
    const bodyBytes = headEnd < 0 ? Infinity : bodyBytesIn(bytes.toString('latin1', 0, headEnd));
    if (bytes.length < bodyStart + bodyBytes) {
      this.#bytes = bytes;
      return undefined;
    }
    if (bytes.length > bodyStart + bodyBytes) throw new Error('more was answered than was asked for');
    this.#bytes = undefined;
    const status = Number(bytes.toString('latin1', STATUS_START, STATUS_START + 3));
    return { status, body: bytes.subarray(bodyStart) };
  }
}

/** Whether a body is what was expected, apart from a line feed at its end. */
export function isBody(body: Buffer, expected: Buffer): boolean {
  const hasLineFeed = body.length === expected.length + 1 && body[expected.length] === LINE_FEED;
  if (body.length !== expected.length && !hasLineFeed) return false;
  return body.compare(expected, 0, expected.length, 0, expected.length) === 0;
}

function bodyBytesIn(head: string): number {
  const [, length] = LENGTH.exec(head) ?? [];
  if (length === undefined) throw new Error('an answer has no Content-Length');
  return Number(length);
}
