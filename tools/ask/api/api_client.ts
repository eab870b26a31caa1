/** Requests over a server's HTTP door. */
import { Agent, IncomingHttpHeaders, IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';

import { OperationError, oneLine } from '../../../program/exit';
import { readTlsFiles, TlsFiles } from '../../../program/tls/tls_files';
import { isUnverified, tlsMistake } from '../../../program/tls/tls_mistake';

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
const UNREACHED: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
]);
/** What OpenSSL says of an answer that is no TLS. */
const NO_TLS = /wrong version number|packet length too long/;
/** The server's audit log tells by it which requests were the console's. */
const REQUEST_ID = 'ask';

/** Where a server is, and who asks it. */
export interface ApiAddress {
  /** Its address; a path in it stands before those of the requests. */
  readonly url: URL;
  readonly token: string | undefined;
  /** The files with which it takes part in TLS, where the address is one of HTTPS; none if left out. */
  readonly tls?: TlsFiles;
}

/** Asks one server. */
export class ApiClient {
  readonly #url: URL;
  readonly #token: string | undefined;
  readonly #tls: TlsFiles;
  readonly #agent: Agent;

  /**
   * @param keptConnections how many connections stay open for further requests, and are open at all; 0 for none
   * @throws ConfigurationError when a file of TLS cannot be used
   */
  constructor({ url, token, tls = {} }: ApiAddress, keptConnections = 0) {
    this.#url = url;
    this.#token = token;
    this.#tls = tls;
    const options = keptConnections > 0 ? { keepAlive: true, maxSockets: keptConnections } : {};
    this.#agent =
      url.protocol === 'https:'
        ? new TlsAgent({ ...options, secureContext: readTlsFiles(tls), minVersion: 'TLSv1.2' })
        : new Agent(options);
  }

  /** The server's address, for people. */
  get address(): string {
    return this.#url.href.replace(/\/$/, '');
  }

  /** The same server, asked over connections that stay open. */
  withKeptConnections(count: number): ApiClient {
    return new ApiClient({ url: this.#url, token: this.#token, tls: this.#tls }, count);
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
      const mistake = controller.signal.aborted ? undefined : this.#tlsMistakeOf(error);
      const ended = { isStopped: stop.aborted, isLate: controller.signal.aborted, timeoutMs };
      const why = mistake ?? reasonOf(error, ended);
      const isOpen = request.method !== 'GET' && !isUnverified(error) && !isUnreached(error);
      throw new NoAnswer(
        `no answer from ${this.address}: ${why}${isOpen ? '; it may have been carried out' : ''}`,
      );
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', abort);
    }
  }

  /** What is wrong with a certificate, on either side; `undefined` for an error of another kind. */
  #tlsMistakeOf(error: unknown): string | undefined {
    if (this.#url.protocol !== 'https:') return undefined;
    if (isNoTls(error)) return 'the server speaks no TLS there: http:// is for one without';
    return tlsMistake(error, {
      ca: this.#tls.ca?.path ?? 'a public CA (--ca names the file of your own)',
      clientCertificate: this.#tls.certificate?.path ?? 'that it asks for (--cert and --key name the files)',
    });
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
  return UNREACHED.has(codeOf(error)) || isNoTls(error);
}

function isNoTls(error: unknown): boolean {
  return NO_TLS.test(oneLine(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
