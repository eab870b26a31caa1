import { Ledger } from '../../../ledger/ledger';
import { MemoryLedger } from '../../../ledger/memory_ledger';
import { Lottery } from '../../../lottery/lottery';
import { FakeClock } from '../../../../program/testing/fake_clock';
import { RecordedLog } from '../../../../program/testing/recorded_log';
import { settled } from '../../../testing/settled';
import { AgencyConnection } from '../agency_connection';
import { DoorSettings, DoorSurroundings } from '../surroundings';
import { FakeWire } from './fake_wire';

/** How long a connection of the bench may stay silent. */
export const IDLE_TIMEOUT_MS = 10_000;

/** The lottery of the bench. */
export const TERMS = { agencies: 3, winnerNumber: 7_574 };

/** The settings of a door for tests. */
export const DOOR_SETTINGS: DoorSettings = {
  port: 0,
  address: '127.0.0.1',
  backlog: 16,
  maxConnections: 100,
  maxPayloadBytes: 8 * 1024 * 1024,
  idleTimeoutMs: IDLE_TIMEOUT_MS,
};

/** A door without sockets, over a lottery with a clock that the test moves. For tests of connections. */
export class Bench {
  readonly clock = new FakeClock();
  readonly log = new RecordedLog();
  readonly lottery: Lottery;
  readonly door: DoorSurroundings;

  constructor(readonly ledger: Ledger = new MemoryLedger(TERMS)) {
    this.lottery = new Lottery(ledger, TERMS, { clock: this.clock, log: this.log });
    this.door = new DoorSurroundings(this.lottery, DOOR_SETTINGS, this.clock, this.log);
  }

  /** A new connection and its wire. */
  connect(): Peer {
    return new Peer(this.door, this.clock);
  }
}

/** The other end of a connection of the {@link Bench}. */
export class Peer {
  readonly wire = new FakeWire();
  readonly connection: AgencyConnection;
  readonly #clock: FakeClock;

  constructor(door: DoorSurroundings, clock: FakeClock) {
    this.#clock = clock;
    this.connection = new AgencyConnection(this.wire, door);
  }

  get replies(): string[] {
    return this.wire.replies;
  }

  /** Sends bytes in one chunk and waits until all that they start has happened. */
  async send(...bytes: (Buffer | string)[]): Promise<void> {
    this.sendNow(...bytes);
    await settled();
  }

  /** Sends bytes in one chunk, as a socket does that is not paused. */
  sendNow(...bytes: (Buffer | string)[]): void {
    if (this.wire.isPaused) throw new Error('the wire is paused: nothing can come');
    this.connection.receive(Buffer.concat(bytes.map((part) => Buffer.from(part))));
  }

  /** Lets time pass, with the door's ticks. */
  async wait(milliseconds: number): Promise<void> {
    const stepMs = 250;
    for (let passedMs = 0; passedMs < milliseconds; passedMs += stepMs) {
      this.#clock.advance(Math.min(stepMs, milliseconds - passedMs));
      this.connection.tick();
      await settled();
    }
  }
}
