import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';

import { Clock } from '../../../program/clock';
import { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { Entrance, StreamProtocol } from './conversation';
import { CLOSE_TIMEOUT_MS, TICK_MS } from './limits';
import { DoorPlace, DoorPlaces } from './door_places';
import { Listener, ListenerSettings, SecuredPeer } from './listener';
import { RoomQueue } from './room_queue';
import { StreamConnection } from './stream_connection';
import { StreamContext } from './stream_context';
import { Wire } from './wire';

/** The settings of a door for byte streams. */
export interface StreamDoorSettings {
  /** Where it listens, in one place or several. */
  readonly listeners: readonly ListenerSettings[];
  /** How many connections it has at most, all listeners together. */
  readonly maxConnections: number;
  /** Whether an address may connect; every one if left out. */
  readonly allows?: ((address: string) => boolean) | undefined;
  /** How long a connection may stay without a whole message when it is the peer's turn. */
  readonly idleTimeoutMs: number;
}

interface OpenConnection<Message> {
  /** That of the protocol, which is not the kernel's over TLS. */
  readonly readable: Socket;
  readonly stream: StreamConnection<Message>;
  readonly certificate: X509Certificate | undefined;
}

/** What is known of a peer without a handshake. */
const UNASKED: SecuredPeer = { certificate: undefined, refusal: undefined };

/** A door of a protocol over TCP: sockets of the kernel on one side, {@link StreamConnection}s on the other. */
export class StreamDoor<Message> {
  readonly #settings: StreamDoorSettings;
  readonly #context: StreamContext<Message>;
  readonly #places: DoorPlaces;
  readonly #listeners: readonly Listener[];
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  /** All that were accepted, also those that are not ready to be read from. */
  readonly #accepted = new Set<Socket>();
  readonly #connections = new Map<Socket, OpenConnection<Message>>();
  #ticker: NodeJS.Timeout | undefined;
  #tickedAtMs = 0;
  #isClosing = false;

  /**
   * @param places who may have a connection
   * @param room where connections wait while the storage does not keep up
   */
  constructor(
    protocol: StreamProtocol<Message>,
    settings: StreamDoorSettings,
    places: DoorPlaces,
    room: RoomQueue,
    clock: Clock,
    log: Log,
  ) {
    this.#settings = settings;
    this.#places = places;
    this.#context = new StreamContext(protocol, room, clock, settings.idleTimeoutMs);
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
    const { listeners, maxConnections } = settings;
    this.#listeners = listeners.map(
      (each) =>
        new Listener(each, maxConnections, {
          accepted: (socket, listener) => this.#accept(socket, listener),
          dropped: () => this.#reportFull(),
        }),
    );
  }

  /** How many connections it has. */
  get connectionCount(): number {
    return this.#accepted.size;
  }

  /**
   * Begins to accept connections.
   *
   * @returns the ports, in the order of the listeners
   * @throws OperationError when a port cannot be had; it listens nowhere then
   */
  async listen(): Promise<number[]> {
    this.#tickedAtMs = this.#context.clock.nowMs();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    const ports: number[] = [];
    try {
      for (const listener of this.#listeners) ports.push(await listener.listen());
    } catch (error) {
      await this.close();
      throw error;
    }
    return ports;
  }

  /**
   * Stops accepting and closes all connections: those that wait for nothing at once, the others once they have their
   * answers. Ends within {@link CLOSE_TIMEOUT_MS}.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = Promise.all(this.#listeners.map((listener) => listener.close()));
    for (const socket of this.#accepted) {
      const connection = this.#connections.get(socket);
      if (connection === undefined) {
        socket.destroy();
        continue;
      }
      const { stream, readable } = connection;
      stream.shutDown();
      // Its peer may keep the connection open from its side; nothing more is to come on it.
      if (stream.hasEnded && readable.writableLength === 0) readable.destroy();
    }
    const drop = setTimeout(() => {
      for (const socket of this.#accepted) socket.destroy();
    }, CLOSE_TIMEOUT_MS);
    await closed;
    clearTimeout(drop);
    clearInterval(this.#ticker);
  }

  /** Drops the connections whose certificates are to be dropped. @returns how many those were */
  dropCertificates(isToBeDropped: (certificate: X509Certificate) => boolean): number {
    let dropped = 0;
    for (const { stream, certificate } of this.#connections.values()) {
      if (certificate === undefined || !isToBeDropped(certificate)) continue;
      stream.dropConnection();
      dropped++;
    }
    return dropped;
  }

  #accept(socket: Socket, listener: ListenerSettings): void {
    const { remoteAddress = '' } = socket;
    if (this.#settings.allows?.(remoteAddress) === false) {
      this.#reportDrop('this address may not connect', { address: remoteAddress });
      return void socket.destroy();
    }
    const isFull = this.#accepted.size >= this.#settings.maxConnections;
    const place = isFull ? undefined : this.#places.enter(remoteAddress);
    if (place === undefined || typeof place === 'string') {
      if (place === undefined) this.#reportFull();
      else this.#reportDrop(place, { address: remoteAddress });
      socket.destroy();
      return;
    }
    this.#accepted.add(socket);
    // Resets are ordinary: a reference client closes with one after each ACK (R24). 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#accepted.delete(socket);
      place.leave();
    });
    const { name, handshakes } = listener;
    if (handshakes === undefined) this.#converse(socket, socket, { listener: name, ...UNASKED }, place);
    else {
      handshakes.begin(socket, (secured, peer) =>
        this.#converse(socket, secured, { listener: name, ...peer }, place),
      );
    }
  }

  /** @param socket that of the kernel. @param readable that of the protocol, which is another one over TLS */
  #converse(socket: Socket, readable: Socket, entrance: Entrance, place: DoorPlace): void {
    if (this.#isClosing) return void socket.destroy();
    const stream = new StreamConnection(wireOf(readable), this.#context, entrance, () => place.keep());
    this.#connections.set(socket, { readable, stream, certificate: entrance.certificate });
    readable.on('data', (chunk: Buffer) => stream.receive(chunk));
    readable.on('end', () => stream.receiveEnd());
    readable.on('drain', () => stream.drained());
    readable.on('finish', () => {
      if (this.#isClosing) readable.destroy();
    });
    if (readable !== socket) readable.on('error', () => undefined);
    readable.on('close', () => {
      this.#connections.delete(socket);
      stream.closed();
    });
  }

  #tick(): void {
    const nowMs = this.#context.clock.nowMs();
    const stalledMs = Math.max(0, nowMs - this.#tickedAtMs - TICK_MS);
    this.#tickedAtMs = nowMs;
    for (const { stream } of this.#connections.values()) stream.tick(stalledMs);
    this.#context.untaken.relieve();
  }

  #reportFull(): void {
    this.#reportDrop('MAX_CONNECTIONS reached', { limit: this.#settings.maxConnections });
  }

  /** Logs, at most once a second for each reason, that a connection was dropped. */
  #reportDrop(reason: string, details: Readonly<Record<string, string | number>>): void {
    const keptBack = this.#limiter.admit(reason);
    if (keptBack === undefined) return;
    this.#log.warning('accept_connections', 'fail', { reason, ...details, more: keptBack });
  }
}

function wireOf(socket: Socket): Wire {
  return {
    get unsentBytes() {
      return socket.writableLength;
    },
    get unreadBytes() {
      return socket.readableLength;
    },
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
