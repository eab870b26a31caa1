import type { ChkMessage } from '../../protocol/chk';
import { ReplyDecoder } from '../../protocol/reply_decoder';
import { Request, RequestDecoder } from '../../protocol/request_decoder';
import { Connect, Transport, TransportHandlers } from '../transport';

/**
 * Answers a CHK, which is then not among the requests.
 *
 * @param lastBatchId the last batch that this server has acknowledged, or has told of in a HAS
 */
export type AnswerCheck = (chk: ChkMessage, lastBatchId: number, lastBetId: number) => Buffer;

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
  readonly #told: ToldByServer;
  /** Answers each CHK, instead of the test. */
  answerCheck: AnswerCheck | undefined;
  #checks: ChkMessage[] = [];

  constructor(handlers: TransportHandlers, told: ToldByServer, answerCheck: AnswerCheck | undefined) {
    this.#handlers = handlers;
    this.#told = told;
    this.answerCheck = answerCheck;
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
      if (request.type === 'CHK' && this.answerCheck !== undefined) this.#checks.push(request);
      else this.requests.push(request);
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
    const bytes = Buffer.concat(messages.map((message) => Buffer.from(message)));
    this.#told.note(bytes);
    this.#handlers.received(bytes);
    this.answerChecks();
  }

  /** Answers each CHK that has come. */
  answerChecks(): void {
    for (const chk of this.#checks.splice(0)) {
      this.reply(this.answerCheck!(chk, this.#told.lastBatchId, this.#told.lastBetId));
    }
  }

  /** What was written has left. */
  drain(): void {
    this.unsentBytes = 0;
    if (!this.isClosed) this.#handlers.drained();
    this.answerChecks();
  }

  /** The connection breaks. */
  lose(reason = 'ECONNRESET'): void {
    if (!this.isClosed) this.#handlers.lost(reason);
  }
}

/** What a scripted server has told of what it has. */
class ToldByServer {
  lastBatchId = 0;
  /** Of the last HAS. */
  lastBetId = 0;

  note(bytes: Buffer): void {
    const decoder = new ReplyDecoder();
    decoder.push(bytes);
    try {
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
        if (reply.type === 'ACK') this.lastBatchId = Math.max(this.lastBatchId, reply.batchId);
        if (reply.type === 'HAS') ({ lastBatchId: this.lastBatchId, lastBetId: this.lastBetId } = reply);
      }
    } catch {
      // What is no reply tells nothing.
    }
  }
}

/** A server that does what a test says. */
export class ScriptedServer {
  readonly #told = new ToldByServer();
  /** Answers each CHK, instead of the test. */
  answerCheck: AnswerCheck | undefined;

  readonly connections: ScriptedConnection[] = [];

  readonly connect: Connect = (handlers) => {
    const connection = new ScriptedConnection(handlers, this.#told, this.answerCheck);
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
