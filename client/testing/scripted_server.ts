import { Request, RequestDecoder } from '../../protocol/request_decoder';
import { Connect, Transport, TransportHandlers } from '../transport';

/** One connection of an agency, whose other side a test plays by hand. Once it is closed the agency hears nothing. */
export class ScriptedConnection implements Transport {
  /** Whatever the agency has sent, message by message. */
  readonly requests: Request[] = [];
  /** The same as bytes, one entry a write. */
  readonly written: Buffer[] = [];
  unsentBytes = 0;
  /** Whether the agency has closed it. */
  isClosed = false;
  readonly #handlers: TransportHandlers;
  readonly #decoder = new RequestDecoder();

  constructor(handlers: TransportHandlers) {
    this.#handlers = handlers;
  }

  /** The last message. */
  get lastRequest(): Request | undefined {
    return this.requests.at(-1);
  }

  /** The ids of the batches that came, in their order. */
  get batchIds(): number[] {
    return this.requests.flatMap((request) => (request.type === 'BET' ? [request.batchId] : []));
  }

  /** The messages' names, in their order. */
  get types(): string[] {
    return this.requests.map(({ type }) => type);
  }

  write(bytes: Buffer): void {
    if (this.isClosed) throw new Error('written to a closed connection');
    this.written.push(bytes);
    this.#decoder.push(bytes);
    for (let request = this.#decoder.next(); request !== undefined; request = this.#decoder.next()) {
      this.requests.push(request);
    }
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server has accepted. */
  accept(): this {
    if (!this.isClosed) this.#handlers.connected();
    return this;
  }

  /** The server answers, all in one read. */
  reply(...messages: (Buffer | string)[]): void {
    if (this.isClosed) return;
    this.#handlers.received(Buffer.concat(messages.map((message) => Buffer.from(message))));
  }

  /** What was written has left. */
  drain(): void {
    this.unsentBytes = 0;
    if (!this.isClosed) this.#handlers.drained();
  }

  /** The connection breaks. */
  lose(reason = 'ECONNRESET'): void {
    if (!this.isClosed) this.#handlers.lost(reason);
  }
}

/** A server that does what a test says. */
export class ScriptedServer {
  readonly connections: ScriptedConnection[] = [];

  readonly connect: Connect = (handlers) => {
    const connection = new ScriptedConnection(handlers);
    this.connections.push(connection);
    return connection;
  };

  /**
   * The newest connection.
   *
   * @throws Error when there is none
   */
  get last(): ScriptedConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('no connection was made');
    return connection;
  }
}
