import { createServer, Server, Socket } from 'node:net';

import { Clock } from '../../../program/clock';
import { OperationError } from '../../../program/exit';
import { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { StreamProtocol } from './conversation';
import { CLOSE_TIMEOUT_MS, KEEP_ALIVE_MS, SOCKET_BUFFER_BYTES, TICK_MS } from './limits';
import { DoorPlaces } from './door_places';
import { RoomQueue } from './room_queue';
import { StreamConnection } from './stream_connection';
import { StreamContext } from './stream_context';
import { Wire } from './wire';

/** The settings of a door for byte streams. */
export interface StreamDoorSettings {
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on; `undefined` for all. */
  readonly address: string | undefined;
  /** Connections that the kernel keeps for us until they are accepted. */
  readonly backlog: number;
  readonly maxConnections: number;
  /** How long a connection may stay without a whole message when it is the peer's turn. */
  readonly idleTimeoutMs: number;
}

/** A door of a protocol over TCP: sockets of the kernel on one side, {@link StreamConnection}s on the other. */
export class StreamDoor<Message> {
  readonly #settings: StreamDoorSettings;
  readonly #context: StreamContext<Message>;
  readonly #places: DoorPlaces;
  readonly #server: Server;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #connections = new Map<Socket, StreamConnection<Message>>();
  #ticker: NodeJS.Timeout | undefined;
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
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      highWaterMark: SOCKET_BUFFER_BYTES,
    });
    this.#server.maxConnections = settings.maxConnections;
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#server.on('drop', () =>
      this.#reportDrop('MAX_CONNECTIONS reached', { limit: settings.maxConnections }),
    );
  }

  /** How many connections it has. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Begins to accept connections.
   *
   * @returns the port
   * @throws OperationError when the port cannot be had
   */
  async listen(): Promise<number> {
    const { port, address, backlog } = this.#settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) =>
        reject(new OperationError(`cannot listen on port ${port}: ${error.message}`)),
      );
      this.#server.listen({ port, backlog, ...(address !== undefined && { host: address }) }, resolve);
    });
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new OperationError('the server has no port');
    return bound.port;
  }

  /**
   * Stops accepting and closes all connections: those that wait for nothing at once, the others once they have their
   * answers. Ends within {@link CLOSE_TIMEOUT_MS}.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const [socket, connection] of this.#connections) {
      connection.shutDown();
      // Its peer may keep the connection open from its side; nothing more is to come on it.
      if (connection.hasEnded && socket.writableLength === 0) socket.destroy();
    }
    const drop = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy();
    }, CLOSE_TIMEOUT_MS);
    await closed;
    clearTimeout(drop);
    clearInterval(this.#ticker);
  }

  #accept(socket: Socket): void {
    const { remoteAddress = '' } = socket;
    const place = this.#places.enter(remoteAddress);
    if (typeof place === 'string') {
      this.#reportDrop(place, { address: remoteAddress });
      socket.destroy();
      return;
    }
    const connection = new StreamConnection(wireOf(socket), this.#context, () => place.keep());
    this.#connections.set(socket, connection);
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    socket.on('end', () => connection.receiveEnd());
    socket.on('drain', () => connection.drained());
    socket.on('finish', () => {
      if (this.#isClosing) socket.destroy();
    });
    // Resets are ordinary: a reference client closes with one after each ACK (R24). 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(socket);
      place.leave();
      connection.closed();
    });
  }

  #tick(): void {
    for (const connection of this.#connections.values()) connection.tick();
    this.#context.untaken.relieve();
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
