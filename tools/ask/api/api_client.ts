/** Requests over a server's HTTP door. */
import { Agent, IncomingHttpHeaders, IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';

import { OperationError, oneLine } from '../../../program/exit';

/** A request. */
export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Of printable ASCII, from its `/` on, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** How long the whole answer may take, beside {@link REQUEST_TIMEOUT_MS}. */
  readonly moreTimeMs?: number;
}

/** An answer, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** There was no answer: the server cannot be reached, took too long, or the request was stopped. */
export class NoAnswer extends OperationError {}

/** How long the whole answer to a request may take. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** More than the longest note. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** The server's audit log tells by it which requests were the console's. */
const REQUEST_ID = 'ask';

/** Where a server is, and who asks it. */
export interface ApiAddress {
  /** Its address; a path in it stands before those of the requests. */
  readonly url: URL;
  readonly token: string | undefined;
}

/** Asks one server. */
export class ApiClient {
  readonly #url: URL;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  /** @param keptConnections how many connections stay open for further requests, and are open at all; 0 for none */
  constructor({ url, token }: ApiAddress, keptConnections = 0) {
    this.#url = url;
    this.#token = token;
    const options = keptConnections > 0 ? { keepAlive: true, maxSockets: keptConnections } : {};
    this.#agent = url.protocol === 'https:' ? new TlsAgent(options) : new Agent(options);
  }

  /** The server's address, for people. */
  get address(): string {
    return this.#url.href.replace(/\/$/, '');
  }

  /** The same server, asked over connections that stay open. */
  withKeptConnections(count: number): ApiClient {
    return new ApiClient({ url: this.#url, token: this.#token }, count);
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  /**
   * Sends a request and waits for the whole answer.
   *
   * @param stop aborted to wait no longer
   * @throws NoAnswer in one line; it says when the request may have been carried out all the same
   */
  async ask(request: ApiRequest, stop: AbortSignal): Promise<ApiAnswer> {
    const timeoutMs = REQUEST_TIMEOUT_MS + (request.moreTimeMs ?? 0);
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const timer = setTimeout(abort, timeoutMs);
    stop.addEventListener('abort', abort, { once: true });
    try {
      if (stop.aborted) abort();
      return await this.#exchange(request, controller.signal);
    } catch (error) {
      const why = reasonOf(error, { isStopped: stop.aborted, isLate: controller.signal.aborted, timeoutMs });
      const isOpen = request.method !== 'GET' && !isUnreached(error);
      throw new NoAnswer(
        `no answer from ${this.address}: ${why}${isOpen ? '; it may have been carried out' : ''}`,
      );
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    }
  }

  #exchange({ method, path, headers, body = '' }: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> {
    const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(this.#url, {
        method,
        path: `${this.#url.pathname.replace(/\/$/, '')}${path}`,
        agent: this.#agent,
        signal,
        headers: {
          'request-id': REQUEST_ID,
          ...(method === 'PUT' && { 'content-length': Buffer.byteLength(body) }),
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
          ...headers,
        },
      });
      request.on('response', (response) => void answerOf(response).then(resolve, reject));
      request.on('error', reject);
      request.end(body);
    });
  }
}

async function answerOf(response: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      throw new OperationError(`it is longer than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`);
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

interface Ended {
  readonly isStopped: boolean;
  readonly isLate: boolean;
  readonly timeoutMs: number;
}

function reasonOf(error: unknown, { isStopped, isLate, timeoutMs }: Ended): string {
  if (isStopped) return 'stopped';
  return isLate ? `none within ${timeoutMs / 1_000} s` : oneLine(error);
}

/** Whether the request cannot have come to the server. */
function isUnreached(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(String(code));
}
