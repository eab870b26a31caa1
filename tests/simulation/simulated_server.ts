import { Reply, ReplyDecoder } from '../../protocol/reply_decoder';
import { SILENT_LOG } from '../../program/log';
import { Clock } from '../../program/clock';
import { Peer } from '../../client/testing/model_server';
import { Receiver } from '../../client/testing/simulated_network';
import { AgencyConnection, Wire } from '../../server/doors/tcp/agency_connection';
import { DoorSettings, DoorSurroundings } from '../../server/doors/tcp/surroundings';
import { Lottery } from '../../server/lottery/lottery';
import { Disk, SimulatedLedger, StorageFaults } from './simulated_ledger';

const TICK_MS = 250;
const SETTINGS: DoorSettings = {
  port: 0,
  address: undefined,
  backlog: 1,
  maxConnections: 100,
  maxPayloadBytes: 4 * 1024 * 1024,
  idleTimeoutMs: 20_000,
};

/** The server's real rules and connections, without sockets, over a disk that outlives it. */
export class SimulatedServer {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #faults: StorageFaults;
  #ledger: SimulatedLedger;
  #door: DoorSurroundings;
  readonly #connections = new Set<AgencyConnection>();

  constructor(disk: Disk, clock: Clock, faults: StorageFaults) {
    this.#disk = disk;
    this.#clock = clock;
    this.#faults = faults;
    [this.#ledger, this.#door] = this.#start();
    this.#tickLater();
  }

  /** Killed, and started anew on what is durable. */
  restart(): void {
    this.#ledger.kill();
    for (const connection of this.#connections) connection.closed();
    this.#connections.clear();
    [this.#ledger, this.#door] = this.#start();
  }

  readonly accept = (peer: Peer): Receiver => {
    const wire = new SimulatedWire(peer, (reply) => this.#check(reply));
    const connection = new AgencyConnection(wire, this.#door);
    this.#connections.add(connection);
    wire.deliver = (bytes) => connection.receive(bytes);
    return {
      receive: (bytes) => wire.arrive(bytes),
      gone: () => {
        this.#connections.delete(connection);
        connection.closed();
      },
    };
  };

  #start(): [SimulatedLedger, DoorSurroundings] {
    const ledger = new SimulatedLedger(this.#disk, this.#clock, this.#faults);
    const lottery = new Lottery(ledger, this.#disk.terms, { clock: this.#clock, log: SILENT_LOG });
    return [ledger, new DoorSurroundings(lottery, SETTINGS, this.#clock, SILENT_LOG)];
  }

  #tickLater(): void {
    this.#clock.after(TICK_MS, () => {
      for (const connection of this.#connections) connection.tick();
      this.#tickLater();
    });
  }

  /** What leaves the server must be true on the disk at that moment. */
  #check(reply: Reply): void {
    if (reply.type === 'ACK' && !this.#disk.texts.has(`${reply.agency}/${reply.batchId}`)) {
      throw new Error(`ACK of batch ${reply.batchId} of agency ${reply.agency}, which is not stored`);
    }
    if (reply.type !== 'WIN') return;
    const wins = [...(this.#disk.draw?.winners.values() ?? []), ''];
    if (this.#disk.draw === undefined || !wins.includes(reply.documents.join(','))) {
      throw new Error('a WIN that the disk does not know');
    }
  }
}

/** Bytes wait while the connection does not read; replies are looked at as they leave. */
class SimulatedWire implements Wire {
  readonly unsentBytes = 0;
  deliver: (bytes: Buffer) => void = () => undefined;
  readonly #peer: Peer;
  readonly #check: (reply: Reply) => void;
  readonly #decoder = new ReplyDecoder();
  #waiting: Buffer[] = [];
  #isPaused = false;

  constructor(peer: Peer, check: (reply: Reply) => void) {
    this.#peer = peer;
    this.#check = check;
  }

  arrive(bytes: Buffer): void {
    if (this.#isPaused) this.#waiting.push(bytes);
    else this.deliver(bytes);
  }

  write(bytes: Buffer): void {
    this.#decoder.push(bytes);
    for (let reply = this.#decoder.next(); reply !== undefined; reply = this.#decoder.next())
      this.#check(reply);
    this.#peer.send(bytes);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    // A socket, too, delivers later and not from within the call.
    setImmediate(() => {
      while (!this.#isPaused) {
        const bytes = this.#waiting.shift();
        if (bytes === undefined) return;
        this.deliver(bytes);
      }
    });
  }

  end(): void {
    this.#peer.end();
  }

  destroy(): void {
    this.#peer.end();
  }
}
