import type { X509Certificate } from 'node:crypto';
import { createServer, Server, Socket } from 'node:net';

import { OperationError } from '../../../program/exit';
import { KEEP_ALIVE_MS, SOCKET_BUFFER_BYTES } from './limits';

/** What a handshake tells of a peer. */
export interface SecuredPeer {
  readonly certificate: X509Certificate | undefined;
  /** Why it has no certificate that is believed; `undefined` where it has one, or needs none. */
  readonly refusal: string | undefined;
}

/** Turns sockets into others whose bytes are encrypted. */
export interface Handshakes {
  /**
   * Begins a handshake. A socket whose handshake fails, or takes too long, is destroyed.
   *
   * @param done told the encrypted socket, and the peer's certificate if it has one that is believed, or why it has none
   */
  begin(socket: Socket, done: (secured: Socket, peer: SecuredPeer) => void): void;
}

/** Where a door listens, and how. */
export interface ListenerSettings {
  /** What the listener is called, for who answers its peers. */
  readonly name: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on; `undefined` for all. */
  readonly address: string | undefined;
  /** Connections that the kernel keeps for us until they are accepted. */
  readonly backlog: number;
  /** With it, connections are encrypted. */
  readonly handshakes?: Handshakes | undefined;
}

/** What a listener tells its door. */
export interface ListenerEvents {
  accepted(socket: Socket, listener: ListenerSettings): void;
  /** There were as many connections already as there may be. */
  dropped(): void;
}

/** A listening socket of the kernel. */
export class Listener {
  readonly settings: ListenerSettings;
  readonly #server: Server;

  /** @param maxConnections further connections are closed at once */
  constructor(settings: ListenerSettings, maxConnections: number, events: ListenerEvents) {
    this.settings = settings;
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      highWaterMark: SOCKET_BUFFER_BYTES,
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('connection', (socket: Socket) => events.accepted(socket, settings));
    this.#server.on('drop', () => events.dropped());
  }

  /**
   * Begins to accept connections.
   *
   * @returns the port
   * @throws OperationError when the port cannot be had
   */
  async listen(): Promise<number> {
    const { port, address, backlog } = this.settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(new OperationError(`cannot listen on port ${port}: ${error.message}`)),
      );
      this.#server.listen({ port, backlog, ...(address !== undefined && { host: address }) }, resolve);
    });
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new OperationError('the server has no port');
    return bound.port;
  }

  /** Stops accepting. Resolves when all its connections are closed. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
