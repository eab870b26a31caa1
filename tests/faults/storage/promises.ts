/** What the server has promised to its agencies, read from the bytes that left it. */
import { TraceRecord } from './trace';

/** Everything that was promised up to some moment. */
export interface Promises {
  /** The acknowledged batches, as `agency,batch_id`. */
  readonly acknowledged: ReadonlySet<string>;
  /** For each agency whose WIN was sent, the documents in it. */
  readonly wins: ReadonlyMap<number, string>;
  /** How many batches were refused with `unavailable`. */
  readonly unavailable: number;
}

const HEADER_BYTES = 12;

/** Follows the replies of all connections. It shares no code with the protocol's own decoder. */
export class PromiseReader {
  readonly #acknowledged = new Set<string>();
  readonly #wins = new Map<number, string>();
  #unavailable = 0;
  #unread = new Map<number, Buffer>();
  readonly #agencyOfWin: (documents: string) => number;

  /** @param agencyOfWin which agency these winners are of: a WIN does not say */
  constructor(agencyOfWin: (documents: string) => number) {
    this.#agencyOfWin = agencyOfWin;
  }

  get promises(): Promises {
    return { acknowledged: this.#acknowledged, wins: this.#wins, unavailable: this.#unavailable };
  }

  /** Takes the next record; whether it held an ACK or a WIN. */
  take(record: TraceRecord): boolean {
    if (record.kind === 'process') this.#unread = new Map();
    if (record.kind !== 'network') return false;
    const before = this.#acknowledged.size + this.#wins.size;
    let bytes = Buffer.concat([this.#unread.get(record.connection) ?? Buffer.alloc(0), record.bytes]);
    for (;;) {
      const replyBytes = this.#readReply(bytes);
      if (replyBytes === 0) break;
      bytes = bytes.subarray(replyBytes);
    }
    this.#unread.set(record.connection, bytes);
    return this.#acknowledged.size + this.#wins.size > before;
  }

  /** Reads the first reply; its length, 0 when it is not whole. */
  #readReply(bytes: Buffer): number {
    if (bytes.length < HEADER_BYTES) return 0;
    const kind = bytes.toString('latin1', 0, 4);
    const payloadBytes = Number(bytes.toString('latin1', 4, HEADER_BYTES));
    const end = HEADER_BYTES + payloadBytes + (kind === 'ACK,' ? 1 : 0);
    if (bytes.length < end) return 0;
    const payload = bytes.toString('utf8', HEADER_BYTES, end);
    if (kind === 'ACK,') this.#acknowledged.add(payload.slice(1).trim());
    else if (kind === 'WIN,') this.#wins.set(this.#agencyOfWin(payload), payload);
    else if (kind === 'ERR,' && payload.split(',')[1] === 'unavailable') this.#unavailable++;
    else if (!['HAS,', 'CRC,', 'RCP,', 'ERR,'].includes(kind)) throw new Error(`the server sent ${kind}`);
    return end;
  }
}
