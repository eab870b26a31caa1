import { createServer, Server, Socket } from 'node:net';

import { Clock } from '../../../program/clock';
import { OperationError } from '../../../program/exit';
import { Log } from '../../../program/log';
import { LogLimiter } from '../../../program/log_limiter';
import { Lottery } from '../../lottery/lottery';
import { AgencyConnection, Wire } from './agency_connection';
import { CLOSE_TIMEOUT_MS, KEEP_ALIVE_MS, TICK_MS } from './limits';
import { DoorSettings, DoorSurroundings } from './surroundings';

/** The agencies' door: sockets of the kernel on one side, {@link AgencyConnection}s on the other. */
export class TcpDoor {
  readonly #surroundings: DoorSurroundings;
  readonly #server: Server;
  readonly #log: Log;
  readonly #limiter: LogLimiter;
  readonly #connections = new Map<Socket, AgencyConnection>();
  #ticker: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(lottery: Lottery, settings: DoorSettings, clock: Clock, log: Log) {
    this.#surroundings = new DoorSurroundings(lottery, settings, clock, log);
    this.#log = log;
    this.#limiter = new LogLimiter(() => clock.nowMs());
    this.#server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#server.maxConnections = settings.maxConnections;
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
    this.#server.on('drop', () => this.#reportDrop());
    lottery.telemetry.watchConnections('tcp', () => this.#connections.size);
  }

  /**
   * Begins to accept connections.
   *
   * @returns the port
   * @throws OperationError when the port cannot be had
   */
  async listen(): Promise<number> {
    const { port, address, backlog } = this.#surroundings.settings;
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
   * Stops accepting and closes all connections, those at once that wait for nothing, the others with their answers.
   * Ends within {@link CLOSE_TIMEOUT_MS}.
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
    const connection = new AgencyConnection(wireOf(socket), this.#surroundings);
    this.#connections.set(socket, connection);
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    socket.on('end', () => connection.receiveEnd());
    socket.on('drain', () => connection.drained());
    socket.on('finish', () => {
      if (this.#isClosing) socket.destroy();
    });
    // A reset is everyday life: a reference client closes with one after each ACK (R24). 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#connections.delete(socket);
      connection.closed();
    });
  }

  #tick(): void {
    for (const connection of this.#connections.values()) connection.tick();
    this.#surroundings.shareRoom();
  }

  #reportDrop(): void {
    const keptBack = this.#limiter.admit('drop');
    if (keptBack === undefined) return;
    const limit = this.#surroundings.settings.maxConnections;
    this.#log.warning('accept_connections', 'fail', {
      reason: 'MAX_CONNECTIONS reached',
      limit,
      more: keptBack,
    });
  }
}

function wireOf(socket: Socket): Wire {
  return {
    get unsentBytes() {
      return socket.writableLength;
    },
    write: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
