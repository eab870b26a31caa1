/** What arrives on a connection but is not a request: headers too large, too slow, or not HTTP. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { STRICT_TRANSPORT } from '../connections';
import type { HttpContext } from '../context';
import { methodNotImplemented, PROBLEM_TYPE, Refusal, versionNotSupported } from './problem';
import type { Refusals } from './refusals';

/** What the parser of `node:http` says of bytes that are no request. */
export interface ParseError extends Error {
  readonly code?: string;
  /** The bytes that it was given last, and how many of them it had read. */
  readonly rawPacket?: unknown;
  readonly bytesParsed?: number;
}

/** The first line of a request (RFC 9112, 3), of any method and version. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+ HTTP\/[0-9]\.[0-9]\r?$/;
const LINE_FEED = '\n';
/** The longest beginning that is looked at: a longer line is no request that is taken here. */
const MAX_LINE_BYTES = 4 * 1024;

/** Closes connections on which no further request can be read. */
export class BrokenRequests {
  readonly #context: Pick<HttpContext, 'connections' | 'exchanges' | 'limits'>;
  readonly #refusals: Refusals;
  readonly #ended = new WeakSet<Socket>();

  constructor(context: Pick<HttpContext, 'connections' | 'exchanges' | 'limits'>, refusals: Refusals) {
    this.#context = context;
    this.#refusals = refusals;
  }

  /**
   * Closes a connection. Requests that arrived whole before are answered first. A connection without open requests is
   * told why; on any other, the client would take the reason for the answer to one of its requests.
   */
  end(error: ParseError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else this.#end(refusalOf(error), socket);
  }

  /** Closes a connection after a CONNECT, which asks for a tunnel: there is none. */
  endTunnel(socket: Socket): void {
    this.#end(methodNotImplemented(), socket);
  }

  /** Closes a connection without TLS where TLS is spoken. Its client is told so without TLS, which is all it can read. */
  endClear(socket: Socket): void {
    // What it sends meanwhile is not looked at.
    socket.resume();
    this.#end(new Refusal('bad-request', 'this port speaks HTTPS: ask for https:// in the address'), socket);
  }

  #end(refusal: Refusal, socket: Socket): void {
    if (this.#ended.has(socket)) return;
    this.#ended.add(socket);
    const { connections, exchanges, limits } = this.#context;
    const isBetweenRequests = exchanges.countOf(socket) === 0;
    const linger = setTimeout(() => socket.destroy(), limits.lingerMs);
    socket.once('close', () => clearTimeout(linger));
    this.#refusals.report(refusal);
    if (isBetweenRequests) socket.end(answerOf(refusal, connections.isSecured(socket)));
    else exchanges.whenAnswered(socket, () => socket.destroySoon());
  }
}

function refusalOf(error: ParseError): Refusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal('headers-too-large', 'the headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('request-timeout', 'the request took too long to arrive');
    case 'HPE_INVALID_METHOD':
      return isRequestLine(error) ? methodNotImplemented() : noHttp();
    case 'HPE_INVALID_VERSION':
      return isRequestLine(error) ? versionNotSupported() : noHttp();
    case 'HPE_PAUSED_H2_UPGRADE':
      return versionNotSupported();
    default:
      return noHttp();
  }
}

function noHttp(): Refusal {
  return new Refusal('bad-request', 'this is no HTTP');
}

/** Whether the parser stopped in what is a whole line of HTTP, with something in it that it does not know. */
function isRequestLine({ rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (!Buffer.isBuffer(rawPacket)) return false;
  const start = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf(LINE_FEED, bytesParsed - 1) + 1;
  const [line = ''] = rawPacket.toString('latin1', start, start + MAX_LINE_BYTES).split(LINE_FEED, 1);
  return REQUEST_LINE.test(line);
}

function answerOf(refusal: Refusal, isSecured: boolean): Buffer {
  const body = refusal.toBody();
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...(isSecured ? [STRICT_TRANSPORT.join(': ')] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
