/** Connections that are held, watched, and misused. */
import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { resetSocket } from '../../../server/testing/reset_socket';

/** So many connections are being opened at once: fewer than the server's backlog. */
const OPENING_AT_ONCE = 200;
/** Connections come from several addresses, so that none runs out of ports. */
const SOURCE_ADDRESSES = 8;

/** A connection, and what has become of it. */
export class Peer {
  readonly openedAtMs = performance.now();
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  #received = '';
  #closedAtMs: number | undefined;

  static async open(port: number, options: PeerOptions = {}): Promise<Peer> {
    const { localAddress = '127.0.0.1', allowHalfOpen = false } = options;
    const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen, noDelay: true });
    const peer = new Peer(socket, options.reads ?? true);
    await Promise.race([once(socket, 'connect'), peer.closed]);
    return peer;
  }

  private constructor(
    readonly socket: Socket,
    reads: boolean,
  ) {
    // That a hostile connection breaks is what the tests are about; 'close' follows.
    socket.on('error', () => undefined);
    if (reads) socket.on('data', (bytes: Buffer) => (this.#received += bytes.toString('latin1')));
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#closedAtMs = performance.now();
        resolve();
      });
    });
  }

  /** What has come, one character for each byte. */
  get received(): string {
    return this.#received;
  }

  get isClosed(): boolean {
    return this.#closedAtMs !== undefined;
  }

  /** From its opening to its end. */
  get lifetimeMs(): number {
    return (this.#closedAtMs ?? performance.now()) - this.openedAtMs;
  }

  /** Waits until what has come matches, or the connection is closed; what has come. */
  until(pattern: RegExp): Promise<string> {
    return this.untilReceived((received) => pattern.test(received));
  }

  /** Waits until what has come is enough, or the connection is closed; what has come. */
  async untilReceived(isEnough: (received: string) => boolean): Promise<string> {
    while (!isEnough(this.#received) && !this.isClosed)
      await Promise.race([once(this.socket, 'data'), this.closed]);
    return this.#received;
  }

  /** Writes, and waits until the system has taken the bytes or the connection is closed. */
  async write(bytes: Buffer | string): Promise<void> {
    // A broken socket takes every write at once, and would never let its own end be told.
    if (!this.socket.writable) return this.closed;
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, () => resolve());
      void this.closed.then(resolve);
    });
  }
}

/** How a connection is opened. */
export interface PeerOptions {
  readonly localAddress?: string;
  /** Whether it keeps its sending side open when the server has closed its own. */
  readonly allowHalfOpen?: boolean;
  /** Whether it takes what the server sends. */
  readonly reads?: boolean;
}

/** Many connections at once. */
export class Crowd {
  readonly peers: Peer[] = [];

  /** Opens so many connections, a few at a time. */
  static async open(port: number, count: number, options: PeerOptions = {}): Promise<Crowd> {
    const crowd = new Crowd();
    for (let opened = 0; opened < count; opened += OPENING_AT_ONCE) {
      const size = Math.min(OPENING_AT_ONCE, count - opened);
      const some = Array.from({ length: size }, (_, index) =>
        Peer.open(port, { localAddress: `127.0.0.${2 + (index % SOURCE_ADDRESSES)}`, ...options }),
      );
      crowd.peers.push(...(await Promise.all(some)));
    }
    return crowd;
  }

  get openCount(): number {
    return this.peers.filter(({ isClosed }) => !isClosed).length;
  }

  /** Waits until every connection is closed. */
  async closed(): Promise<void> {
    await Promise.all(this.peers.map(({ closed }) => closed));
  }

  /** Drops every connection with a reset, which leaves no port waiting. */
  async drop(): Promise<void> {
    for (const { socket } of this.peers) resetSocket(socket);
    await this.closed();
  }
}

/** Sends the same bytes again and again, until the connection is closed or `stop` says so. */
export async function sendWithoutEnd(peer: Peer, bytes: Buffer, stop: () => boolean): Promise<void> {
  while (!peer.isClosed && !stop()) await peer.write(bytes);
}
