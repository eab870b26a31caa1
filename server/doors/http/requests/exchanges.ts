import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Clock } from '../../../../program/clock';
import { Exchange } from './exchange';

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
  readonly #exchanges = new WeakMap<IncomingMessage, Exchange>();
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
  open(request: IncomingMessage, response: ServerResponse, requestId: string | undefined): void {
    const connection = this.#connectionOf(request.socket);
    const exchange = new Exchange(request, response, requestId);
    this.#exchanges.set(request, exchange);
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
  of(request: IncomingMessage): Exchange {
    const exchange = this.#exchanges.get(request);
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

  /** Ends the waits of all exchanges. */
  abandonAll(): void {
    for (const { open } of this.#connections.values()) for (const exchange of open) exchange.abandon();
  }

  /** Drops the connections whose clients have not taken an answer within the time given. */
  dropSlow(timeoutMs: number): void {
    const nowMs = this.#clock.nowMs();
    for (const [socket, { open, lastEndMs }] of this.#connections) {
      const [oldest] = open;
      if (oldest?.answeredAtMs === undefined) continue;
      // The time of an answer that waited for earlier ones starts when the last of these was taken.
      if (nowMs - Math.max(oldest.answeredAtMs, lastEndMs) > timeoutMs) socket.destroy();
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
      for (const exchange of [...connection.open]) exchange.end();
    });
    return connection;
  }
}
