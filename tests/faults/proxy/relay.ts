/** A TCP relay between agencies and a server: it records what passes, and treats it as it is told. */
import { once } from 'node:events';
import { connect, createServer, Server, Socket } from 'node:net';

import { Lane } from './lane';
import { resetSocket } from '../../../server/testing/reset_socket';
import { Treatment } from './treatment';

/** Sees the bytes of one connection as they arrive at the relay, passed on or not. */
export interface Watcher {
  sent(bytes: Buffer): void;
  replied(bytes: Buffer): void;
}

/** One connection of an agency through the relay. */
export class RelayedConnection<Seen extends Watcher> {
  readonly watcher: Seen;
  readonly #downstream: Socket;
  readonly #upstream: Socket;
  readonly #toServer: Lane;
  readonly #serverOver: Promise<void>;
  #isServerOver = false;

  constructor(downstream: Socket, upstream: Socket, treatment: Treatment, watcher: Seen) {
    this.watcher = watcher;
    this.#downstream = downstream;
    this.#upstream = upstream;
    const reset = (): void => this.cut();
    this.#toServer = new Lane(downstream, upstream, 'to-server', treatment, reset);
    new Lane(upstream, downstream, 'to-agency', treatment, reset);
    downstream.on('data', (bytes: Buffer) => watcher.sent(bytes));
    upstream.on('data', (bytes: Buffer) => watcher.replied(bytes));
    this.#serverOver = new Promise((resolve) => {
      const over = (): void => {
        this.#isServerOver = true;
        resolve();
      };
      upstream.on('end', over);
      upstream.on('close', over);
    });
  }

  /** Resolves when nothing more comes from the server and all that came was seen. */
  get serverOver(): Promise<void> {
    return this.#serverOver;
  }

  get isServerOver(): boolean {
    return this.#isServerOver;
  }

  /** Bytes of the agency that the relay has and the server has not. */
  get waitingBytes(): number {
    return this.#toServer.waitingBytes;
  }

  /** Keeps the agency's bytes back, those that come included, until `until` resolves. */
  hold(until: Promise<unknown>): void {
    this.#toServer.hold(until);
  }

  /** Closes both sides with a reset. */
  cut(): void {
    resetSocket(this.#downstream);
    resetSocket(this.#upstream);
  }
}

/** What a relay is made of. */
export interface RelaySettings<Seen extends Watcher> {
  readonly serverPort: number;
  /** How the connection of this number, counted from 0 on, is treated. */
  readonly treat: (connection: number) => Treatment;
  readonly watch: () => Seen;
}

/** A relay on a free port of this machine. */
export class Relay<Seen extends Watcher> {
  readonly #settings: RelaySettings<Seen>;
  readonly #server: Server;
  readonly #connections = new Set<RelayedConnection<Seen>>();
  #accepted = 0;

  static async open<Seen extends Watcher>(settings: RelaySettings<Seen>): Promise<Relay<Seen>> {
    const relay = new Relay(settings);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  private constructor(settings: RelaySettings<Seen>) {
    this.#settings = settings;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the relay is closed');
    return address.port;
  }

  /** How many connections have come. */
  get accepted(): number {
    return this.#accepted;
  }

  /** The connections that are open on one side at least. */
  get connections(): readonly RelayedConnection<Seen>[] {
    return [...this.#connections];
  }

  /** Resolves when all that a server that is gone has ever sent was seen. */
  async serverOver(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.serverOver));
  }

  /** Closes all connections at once, with resets. */
  cutAll(): void {
    for (const connection of this.#connections) connection.cut();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cutAll();
    await closed;
  }

  #accept(downstream: Socket): void {
    const { serverPort, treat, watch } = this.#settings;
    const treatment = treat(this.#accepted++);
    downstream.on('error', () => undefined);
    if (treatment.isRefused) {
      resetSocket(downstream);
      return;
    }
    const upstream = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    upstream.on('error', () => undefined);
    const connection = new RelayedConnection(downstream, upstream, treatment, watch());
    this.#connections.add(connection);
    let openSides = 2;
    const closed = (): void => {
      if (--openSides === 0) this.#connections.delete(connection);
    };
    downstream.on('close', closed);
    upstream.on('close', closed);
  }
}
