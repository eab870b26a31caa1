import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Clock } from '../../../../program/clock';
import { Exchange } from './exchange';

/** Where a request has its exchange. A WeakMap of all requests would cost each collection of garbage its time. */
const EXCHANGE = Symbol('exchange');

/** A request whose exchange was opened. */
type OpenedRequest = IncomingMessage & { [EXCHANGE]?: Exchange };

/** The exchanges of one connection. */
interface ConnectionExchanges {
  /** The open ones, the oldest first. */
  readonly open: Set<Exchange>;
  /** When the last of them ended. */
  lastEndMs: number;
}

/** All open exchanges, by connection: on each, answers leave in the order of the requests (RFC 9112, 9.3.2). */
export class Exchanges {
  readonly #clock: Clock;
  readonly #connections = new Map<Socket, ConnectionExchanges>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** How many are open on a connection. */
  countOf(socket: Socket): number {
    return this.#connections.get(socket)?.open.size ?? 0;
  }

  /**
   * Opens the exchange of a request whose headers have arrived.
   *
   * @param requestId the id that the client gave its request; `undefined` for none
   */
  open(request: OpenedRequest, response: ServerResponse, requestId: string | undefined): void {
    const connection = this.#connectionOf(request.socket);
    const ahead = connection.open.size === 0 ? undefined : [...connection.open].at(-1);
    const exchange = new Exchange(request, response, requestId, ahead);
    request[EXCHANGE] = exchange;
    connection.open.add(exchange);
    this.#count++;
    exchange.atEnd(() => {
      connection.open.delete(exchange);
      connection.lastEndMs = this.#clock.nowMs();
      this.#count--;
    });
    response.once('close', () => exchange.end());
  }

  /** The exchange of a request. @throws RangeError for a request that was never opened */
  of(request: OpenedRequest): Exchange {
    const exchange = request[EXCHANGE];
    if (exchange === undefined) throw new RangeError('a request that was never opened');
    return exchange;
  }

  /** Calls `call` when all requests of the connection that have arrived whole are answered; at once if they are. */
  whenAnswered(socket: Socket, call: () => void): void {
    const open = this.#connections.get(socket)?.open ?? [];
    const newest = [...open].filter((exchange) => exchange.hasArrived).at(-1);
    if (newest === undefined) call();
    else newest.atEnd(() => this.whenAnswered(socket, call));
  }

  /** Rights have changed: ends the waits of those who have lost theirs. */
  authorizeAgain(): void {
    for (const { open } of this.#connections.values()) for (const exchange of open) exchange.authorizeAgain();
  }

  /** Ends the waits of all exchanges. */
  abandonAll(): void {
    for (const { open } of this.#connections.values()) for (const exchange of open) exchange.abandon();
  }

  /**
   * Writes an interim response to each client that has closed its sending side and waits: one that has gone answers it with
   * a reset, and is no longer waited for. Any client passes over `100`, however often it comes (RFC 9110, 15.2).
   */
  probeHalfClosed(): void {
    for (const [socket, { open }] of this.#connections) {
      const [oldest] = open;
      if (!socket.readableEnded || oldest?.request.httpVersion !== '1.1') continue;
      const { response } = oldest;
      if (response.socket === socket && !response.headersSent) response.writeContinue();
    }
  }

  /** Drops the connections whose clients have not taken an answer within the time given. */
  dropSlow(timeoutMs: number): void {
    const nowMs = this.#clock.nowMs();
    for (const [socket, connection] of this.#connections) {
      const sinceMs = unreadSince(connection);
      if (sinceMs !== undefined && nowMs - sinceMs > timeoutMs) socket.destroy();
    }
  }

  /**
   * Drops connections whose clients have left answers unread for a time, the longest first, until enough is free.
   *
   * @param smallBytes whoever holds no more is let be
   */
  dropUnread(unreadMs: number, smallBytes: number, isEnough: () => boolean): void {
    const nowMs = this.#clock.nowMs();
    const unread: { socket: Socket; connection: ConnectionExchanges; sinceMs: number }[] = [];
    for (const [socket, connection] of this.#connections) {
      const sinceMs = unreadSince(connection);
      if (sinceMs === undefined || nowMs - sinceMs < unreadMs || bytesOf(connection) <= smallBytes) continue;
      unread.push({ socket, connection, sinceMs });
    }
    unread.sort((one, other) => one.sinceMs - other.sinceMs);
    for (const { socket, connection } of unread) {
      if (isEnough()) return;
      socket.destroy();
      endAll(connection);
    }
  }

  #connectionOf(socket: Socket): ConnectionExchanges {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection: ConnectionExchanges = { open: new Set(), lastEndMs: 0 };
    this.#connections.set(socket, connection);
    // A response that waits for earlier ones emits no `close` when its connection is gone.
    socket.once('close', () => {
      this.#connections.delete(socket);
      endAll(connection);
    });
    return connection;
  }
}

/** Since when the client has not read the answer whose turn it is; `undefined` when there is none. */
function unreadSince({ open, lastEndMs }: ConnectionExchanges): number | undefined {
  const [oldest] = open;
  // The time of an answer that waited for earlier ones starts when the last of these was taken.
  return oldest?.answeredAtMs === undefined ? undefined : Math.max(oldest.answeredAtMs, lastEndMs);
}

function bytesOf({ open }: ConnectionExchanges): number {
  let bytes = 0;
  for (const { answerMemory } of open) bytes += answerMemory?.bytes ?? 0;
  return bytes;
}

function endAll({ open }: ConnectionExchanges): void {
  for (const exchange of [...open]) exchange.end();
}
