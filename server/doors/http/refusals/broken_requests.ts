/** What arrives on a connection but is not a request: headers too large, too slow, or not HTTP. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import type { HttpLimits } from '../limits';
import type { Exchanges } from '../requests/exchanges';
import { PROBLEM_TYPE, Refusal } from './problem';
import type { Refusals } from './refusals';

/** Closes connections on which no further request can be read. */
export class BrokenRequests {
  readonly #exchanges: Exchanges;
  readonly #refusals: Refusals;
  readonly #limits: Pick<HttpLimits, 'lingerMs'>;
  readonly #ended = new WeakSet<Socket>();

  constructor(exchanges: Exchanges, refusals: Refusals, limits: Pick<HttpLimits, 'lingerMs'>) {
    this.#exchanges = exchanges;
    this.#refusals = refusals;
    this.#limits = limits;
  }

  /**
   * Closes a connection. Requests that arrived whole before are answered first. A connection without open requests is
   * told why; on any other, the client would take the reason for the answer to one of its requests.
   */
  end(error: Error & { readonly code?: string }, socket: Socket): void {
    if (this.#ended.has(socket)) return;
    this.#ended.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const isBetweenRequests = this.#exchanges.countOf(socket) === 0;
    const linger = setTimeout(() => socket.destroy(), this.#limits.lingerMs);
    socket.once('close', () => clearTimeout(linger));
    const refusal = refusalOf(error);
    this.#refusals.report(refusal);
    if (isBetweenRequests) socket.end(answerOf(refusal));
    else this.#exchanges.whenAnswered(socket, () => socket.destroySoon());
  }
}

function refusalOf({ code }: { readonly code?: string }): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal('headers-too-large', 'the headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('request-timeout', 'the request took too long to arrive');
    default:
      return new Refusal('bad-request', 'this is no HTTP');
  }
}

function answerOf(refusal: Refusal): Buffer {
  const body = refusal.toBody();
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
