/** Reads both directions of the agencies' protocol in the plainest way: an account that shares no code with ours. */

/** What an agency says. A text is kept byte for byte, one character (latin1) for each. */
export type Said =
  | {
      readonly kind: 'BET';
      readonly agency: number;
      readonly batchId: number;
      readonly bets: number;
      readonly text: string;
    }
  | { readonly kind: 'FIN'; readonly agency: number }
  | { readonly kind: 'ASK'; readonly agency: number }
  | { readonly kind: 'CHK' | 'RCP'; readonly agency: number };

/** What the server answers. */
export type Answered =
  | { readonly kind: 'ACK'; readonly agency: number; readonly batchId: number }
  | { readonly kind: 'ERR'; readonly batchId: number; readonly code: string }
  | { readonly kind: 'WIN'; readonly payload: string }
  | { readonly kind: 'HAS'; readonly payload: string }
  | { readonly kind: 'CRC' | 'RCP'; readonly payload: string };

/** Collects bytes and takes whole messages off them. */
abstract class WireReader<Message> {
  #bytes = Buffer.alloc(0);

  /** @returns the messages that are whole now */
  push(bytes: Buffer): Message[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const messages: Message[] = [];
    for (;;) {
      const taken = this.take(this.#bytes);
      if (taken === undefined) return messages;
      this.#bytes = this.#bytes.subarray(taken.length);
      if (taken.message !== undefined) messages.push(taken.message);
    }
  }

  /** The first message and its length; without a message when the bytes mean nothing; undefined when more must come. */
  protected abstract take(bytes: Buffer): { readonly length: number; readonly message?: Message } | undefined;
}

const REQUEST_HEADER_BYTES = 23;
const REPLY_HEADER_BYTES = 12;

/** Reads what agencies say. */
export class RequestReader extends WireReader<Said> {
  protected override take(bytes: Buffer): { length: number; message?: Said } | undefined {
    // The line feed behind a FIN, an ASK, a CHK or an RCP.
    if (bytes[0] === 0x0a) return { length: 1 };
    if (bytes.length < REQUEST_HEADER_BYTES) return undefined;
    const header = bytes.toString('latin1', 0, REQUEST_HEADER_BYTES);
    const kind = header.slice(0, 3);
    if (kind === 'FIN' || kind === 'ASK') {
      return { length: REQUEST_HEADER_BYTES, message: { kind, agency: Number(header.slice(3)) } };
    }
    if (kind === 'CHK' || kind === 'RCP')
      return { length: REQUEST_HEADER_BYTES, message: { kind, agency: Number(header.slice(11)) } };
    if (kind !== 'BET') throw new Error(`an agency sent ${JSON.stringify(header)}`);
    const length = REQUEST_HEADER_BYTES + Number(header.slice(3, 11)) + 1;
    if (bytes.length < length) return undefined;
    const text = bytes.toString('latin1', REQUEST_HEADER_BYTES + 1, length - 1);
    const agency = Number(text.slice(0, text.indexOf(',')));
    const batchId = Number(header.slice(15));
    return { length, message: { kind, agency, batchId, bets: Number(header.slice(11, 15)), text } };
  }
}

/** Reads what the server answers. */
export class ReplyReader extends WireReader<Answered> {
  protected override take(bytes: Buffer): { length: number; message: Answered } | undefined {
    if (bytes.length < REPLY_HEADER_BYTES) return undefined;
    const kind = bytes.toString('latin1', 0, 3);
    const start = REPLY_HEADER_BYTES + (kind === 'ACK' ? 1 : 0);
    const length = start + Number(bytes.toString('latin1', 4, REPLY_HEADER_BYTES));
    if (!(length >= start))
      throw new Error(`the server answered ${JSON.stringify(bytes.toString('latin1'))}`);
    if (bytes.length < length) return undefined;
    return { length, message: answered(kind, bytes.toString('latin1', start, length)) };
  }
}

function answered(kind: string, payload: string): Answered {
  const [first = '', second = ''] = payload.trimEnd().split(',');
  switch (kind) {
    case 'ACK':
      return { kind, agency: Number(first), batchId: Number(second) };
    case 'ERR':
      return { kind, batchId: Number(first), code: second };
    case 'WIN':
    case 'HAS':
    case 'CRC':
    case 'RCP':
      return { kind, payload };
    default:
      throw new Error(`the server answered ${JSON.stringify(kind)}`);
  }
}
