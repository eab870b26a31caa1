import { OperationError } from '../../../program/exit';
import { MessageRing } from '../../load/message_ring';
import { Wire, WireOptions } from '../../load/wire';

/** Version 3.0 of the protocol. */
const PROTOCOL_VERSION = 3 << 16;
/** A message from the server: its type, then its size without the type. */
const TYPE_BYTES = 1;
const SIZE_BYTES = 4;
const ERROR = 0x45;
const AUTHENTICATION = 0x52;
const READY_FOR_QUERY = 0x5a;
const SEMICOLON = 0x3b;
const LINE_FEED = 0x0a;
const COPY = "COPY bets FROM STDIN (DELIMITER ',')";

/** The database and its user. */
export const POSTGRESQL_USER = 'postgres';

/** How a batch is put into the table `bets`. */
export interface BatchForm {
  /** What the connection must be told once, before the first batch; it makes the server ready once. */
  readonly preparation?: Buffer;

  /** @param bets joined with `;` */
  encode(bets: Buffer): Buffer;
}

/** A COPY for each batch: the command, its rows and its end leave in one write. */
export const COPY_FORM: BatchForm = {
  encode: (bets) => {
    const rows = Buffer.concat([bets, Buffer.from(';')]);
    rows.forEach((byte, index) => {
      if (byte === SEMICOLON) rows[index] = LINE_FEED;
    });
    return Buffer.concat([query(COPY), message('d', rows), message('c')]);
  },
};

/**
 * PostgreSQL: a row for each bet, and a commit for each batch. Whatever is asked, the answer's end is that the server
 * is ready again.
 */
export class PostgresqlWire implements Wire {
  readonly greeting: Buffer;
  readonly #ring: MessageRing;
  /** How often the server will be ready before what was sent first is answered as a whole. */
  #readiesToSkip: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor({ bets, places }: WireOptions, form = COPY_FORM) {
    const { preparation } = form;
    const start = startup({ user: POSTGRESQL_USER, database: POSTGRESQL_USER });
    this.greeting = Buffer.concat([start, preparation ?? Buffer.alloc(0)]);
    this.#readiesToSkip = preparation === undefined ? 0 : 1;
    this.#ring = new MessageRing(form.encode(bets), places);
  }

  get batchBytes(): number {
    return this.#ring.messageBytes;
  }

  batches(firstBatchId: number, count: number): Buffer[] {
    return this.#ring.messages(firstBatchId, count);
  }

  answers(chunk: Buffer): number {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let count = 0;
    let offset = 0;
    while (offset + TYPE_BYTES + SIZE_BYTES <= bytes.length) {
      const end = offset + TYPE_BYTES + bytes.readUInt32BE(offset + TYPE_BYTES);
      if (end > bytes.length) break;
      const type = bytes[offset];
      const body = bytes.subarray(offset + TYPE_BYTES + SIZE_BYTES, end);
      if (type === ERROR) throw new OperationError(`PostgreSQL: ${errorText(body)}`);
      if (type === AUTHENTICATION && body.readUInt32BE() !== 0) {
        throw new OperationError('PostgreSQL asks for a password');
      }
      if (type === READY_FOR_QUERY) {
        if (this.#readiesToSkip > 0) this.#readiesToSkip--;
        else count++;
      }
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
    return count;
  }
}

/** A command in SQL. */
export function query(sql: string): Buffer {
  return message('Q', Buffer.from(`${sql}\0`));
}

/** The first message: who asks for what. */
export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  const body = Buffer.from(`${pairs.join('')}\0`);
  const head = Buffer.alloc(2 * SIZE_BYTES);
  head.writeUInt32BE(head.length + body.length, 0);
  head.writeUInt32BE(PROTOCOL_VERSION, SIZE_BYTES);
  return Buffer.concat([head, body]);
}

/** A message: its type, the size of everything after the type, its body. */
export function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(TYPE_BYTES + SIZE_BYTES);
  head.write(type, 'latin1');
  head.writeUInt32BE(SIZE_BYTES + body.length, TYPE_BYTES);
  return Buffer.concat([head, body]);
}

/** An error is a list of fields, each a letter and a text that ends with a zero byte; M is the message. */
function errorText(body: Buffer): string {
  const fields = body.toString('utf8').split('\0');
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'an error without a message';
}
