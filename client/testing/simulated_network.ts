import { Clock } from '../../program/clock';
import { Connect, TransportHandlers } from '../transport';
import { Peer } from './model_server';

/** The server's side of a connection. */
export interface Receiver {
  receive(bytes: Buffer): void;
  /** Nothing more arrives: the agency's side is over. */
  gone?(): void;
}

/** A delay is this long at most, but now and then up to {@link LONG_DELAY_MS}. */
const SHORT_DELAY_MS = 20;
const LONG_DELAY_MS = 4_000;
const LONG_DELAY_SHARE = 0.02;
/** What was sent on a connection that is over may take this long for each piece. */
const LATE_DELAY_MS = 120;
const LATE_SHARE = 0.75;

/** Bytes on their way in one direction: they arrive in order, in pieces of any size, after any time. */
class Line {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #deliver: (bytes: Buffer) => void;
  #bytes = Buffer.alloc(0);
  #onEmpty: (() => void) | undefined;
  #callOff: (() => void) | undefined;
  #isLate = false;

  constructor(clock: Clock, random: () => number, deliver: (bytes: Buffer) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#deliver = deliver;
  }

  get length(): number {
    return this.#bytes.length;
  }

  push(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    this.#moveSoon();
  }

  /** Calls once all has arrived. */
  whenEmpty(call: () => void): void {
    this.#onEmpty = call;
    this.#moveSoon();
  }

  /** The rest takes its time. */
  delay(): void {
    this.#isLate = true;
  }

  /** The rest never arrives. */
  cut(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#bytes = Buffer.alloc(0);
    this.#onEmpty = undefined;
  }

  #moveSoon(): void {
    const waitMs = this.#isLate ? this.#random() * LATE_DELAY_MS : delayMs(this.#random);
    this.#callOff ??= this.#clock.after(waitMs, () => {
      this.#callOff = undefined;
      this.#move();
    });
  }

  #move(): void {
    const isWhole = this.#random() < 0.5;
    const count = isWhole ? this.#bytes.length : Math.ceil(this.#random() * this.#bytes.length);
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    if (this.#bytes.length > 0) this.#moveSoon();
    if (bytes.length > 0) this.#deliver(Buffer.from(bytes));
    if (this.#bytes.length === 0) {
      const onEmpty = this.#onEmpty;
      this.#onEmpty = undefined;
      onEmpty?.();
    }
  }
}

function delayMs(random: () => number): number {
  return random() * (random() < LONG_DELAY_SHARE ? LONG_DELAY_MS : SHORT_DELAY_MS);
}

/**
 * A network between agencies and one server, on a clock of its own: it delays, splits, loses connections, and
 * may bring what was sent on a lost connection long afterwards.
 */
export class SimulatedNetwork {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #accept: (peer: Peer) => Receiver;
  readonly #connections = new Set<SimulatedConnection>();
  /** While false, no connection is made. */
  isServerThere = true;

  /** @param accept the server's answer to a new connection */
  constructor(clock: Clock, random: () => number, accept: (peer: Peer) => Receiver) {
    this.#clock = clock;
    this.#random = random;
    this.#accept = accept;
  }

  readonly connect: Connect = (handlers) => {
    const connection = new SimulatedConnection(this.#clock, this.#random, handlers);
    this.#connections.add(connection);
    this.#clock.after(delayMs(this.#random), () => {
      if (!this.isServerThere) connection.lose('ECONNREFUSED');
      else connection.open(this.#accept(connection.peer));
    });
    return {
      get unsentBytes() {
        return connection.unsentBytes;
      },
      write: (bytes) => connection.write(bytes),
      close: () => {
        this.#connections.delete(connection);
        connection.dropByAgency();
      },
    };
  };

  /** Breaks a connection, if there is one; what the agency had sent may still arrive. */
  loseOne(): void {
    const [connection] = this.#connections;
    connection?.lose('ECONNRESET');
  }

  /** The server is gone: nothing more arrives at it, and the agencies find that out. */
  loseServer(): void {
    for (const connection of this.#connections) connection.loseServer();
  }
}

class SimulatedConnection {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #handlers: TransportHandlers;
  readonly #toServer: Line;
  readonly #toAgency: Line;
  #server: Receiver | undefined;
  #isOver = false;

  constructor(clock: Clock, random: () => number, handlers: TransportHandlers) {
    this.#clock = clock;
    this.#random = random;
    this.#handlers = handlers;
    this.#toServer = new Line(clock, random, (bytes) => this.#server?.receive(bytes));
    this.#toAgency = new Line(clock, random, (bytes) => this.#handlers.received(bytes));
  }

  /** The server's grip on it. */
  get peer(): Peer {
    return {
      send: (bytes) => {
        if (!this.#isOver) this.#toAgency.push(bytes);
      },
      end: () => {
        if (!this.#isOver) this.#toAgency.whenEmpty(() => this.lose('closed by the server'));
      },
    };
  }

  get unsentBytes(): number {
    return this.#toServer.length;
  }

  open(server: Receiver): void {
    if (this.#isOver) return;
    this.#server = server;
    this.#handlers.connected();
  }

  write(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#toServer.push(bytes);
    this.#toServer.whenEmpty(() => {
      if (!this.#isOver) this.#handlers.drained();
    });
  }

  lose(reason: string): void {
    if (this.#isOver) return;
    this.dropByAgency();
    this.#handlers.lost(reason);
  }

  /** No handler is called any more; most of the time, what was sent arrives nevertheless. */
  dropByAgency(): void {
    this.#isOver = true;
    this.#toAgency.cut();
    this.#toServer.delay();
    if (this.#random() >= LATE_SHARE) this.#toServer.cut();
    this.#toServer.whenEmpty(() => this.#server?.gone?.());
  }

  loseServer(): void {
    this.#server = undefined;
    this.#toServer.cut();
    this.#toAgency.cut();
    this.#clock.after(delayMs(this.#random), () => this.lose('ECONNRESET'));
  }
}
