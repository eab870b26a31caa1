import type { Server } from 'node:http';
import type { Socket } from 'node:net';

import { NoPlace, Place, Places } from '../places';
import type { HeldCertificate } from '../tls/held_certificate';
import type { HttpLimits } from './limits';
import type { HttpDoorSettings } from './settings';

/** How a client that has once come with TLS is told to come with it for a year (RFC 6797). */
export const STRICT_TRANSPORT: readonly [name: string, value: string] = [
  'strict-transport-security',
  'max-age=31536000',
];

/** What the connections tell their door. */
export interface ConnectionEvents {
  /** One was closed at once. */
  dropped(reason: string): void;
  /** A client has sent a text without TLS where TLS is spoken. Its socket is to be closed. */
  spokenInClear(socket: Socket): void;
}

type DropReason = NoPlace | 'this address may not connect';

/** The connections of the door, from the kernel to where HTTP is spoken on them: who may have one, and TLS. */
export class Connections {
  readonly #settings: Pick<HttpDoorSettings, 'allows' | 'tls'>;
  readonly #maximum: number;
  readonly #places: Places;
  /** Those of the kernel. */
  readonly #accepted = new Set<Socket>();
  /** Those of them on which no HTTP is spoken: their handshakes are under way, or they speak without TLS. */
  readonly #unready = new Set<Socket>();
  /** By the socket that HTTP is spoken on, which over TLS is not the kernel's. */
  readonly #placeOf = new WeakMap<Socket, Place>();
  /** Of those with TLS, what their clients have shown. */
  readonly #certificates = new Map<Socket, HeldCertificate>();
  #isClosing = false;

  constructor(settings: HttpDoorSettings, { maxConnections }: Pick<HttpLimits, 'maxConnections'>) {
    this.#settings = settings;
    this.#maximum = maxConnections;
    this.#places = new Places(maxConnections, settings.maxConnectionsPerAddress);
  }

  /** How many there are, those included whose handshakes are under way. */
  get count(): number {
    return this.#accepted.size;
  }

  /** Whether what is sent on this connection is encrypted. */
  isSecured(socket: Socket): boolean {
    return this.#certificates.has(socket);
  }

  /** Who the client is by its certificate; `undefined` on a connection without TLS. */
  certificateOf(socket: Socket): HeldCertificate | undefined {
    return this.#certificates.get(socket);
  }

  /** A bet was placed on this connection: it keeps its place. */
  keepPlace(socket: Socket): void {
    this.#placeOf.get(socket)?.keep();
  }

  /** Stands between a server and those that connect to it. */
  watch(server: Server, events: ConnectionEvents): void {
    server.maxConnections = this.#maximum;
    server.on('drop', () => events.dropped(`more than ${this.#maximum} connections`));
    // That of node:http, which begins to read requests.
    const handlers = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket) =>
      this.#accept(socket, events, (ready) => {
        for (const handle of handlers) handle.call(server, ready);
      }),
    );
  }

  /** Ends those whose certificates were believed, and are not any more. @returns how many those were */
  dropLost(): number {
    const lost = [...this.#certificates].filter(([, certificate]) => certificate.isLost);
    for (const [socket] of lost) socket.destroy();
    return lost.length;
  }

  /** The door accepts no more: ends those on which no HTTP is spoken. */
  close(): void {
    this.#isClosing = true;
    for (const socket of this.#unready) socket.destroy();
  }

  /** Ends all. */
  dropAll(): void {
    for (const socket of this.#accepted) socket.destroy();
  }

  #accept(socket: Socket, events: ConnectionEvents, speak: (ready: Socket) => void): void {
    const place = this.#enter(socket);
    if (typeof place === 'string') {
      events.dropped(place);
      return void socket.destroy();
    }
    this.#accepted.add(socket);
    socket.once('close', () => {
      this.#accepted.delete(socket);
      this.#unready.delete(socket);
      place.leave();
    });
    const { tls } = this.#settings;
    if (tls === undefined) {
      this.#placeOf.set(socket, place);
      return speak(socket);
    }
    this.#unready.add(socket);
    // 'close' follows.
    socket.on('error', () => undefined);
    tls.handshakes.begin(
      socket,
      (secured, peer) => {
        this.#unready.delete(socket);
        if (this.#isClosing) return void socket.destroy();
        this.#placeOf.set(secured, place);
        this.#certificates.set(secured, tls.hold(peer));
        secured.once('close', () => this.#certificates.delete(secured));
        speak(secured);
      },
      (clear) => events.spokenInClear(clear),
    );
  }

  #enter({ remoteAddress }: Socket): Place | DropReason {
    if (this.#settings.allows?.(remoteAddress ?? '') === false) return 'this address may not connect';
    return this.#places.enter(remoteAddress);
  }
}
