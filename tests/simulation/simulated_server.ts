import { PLAIN } from '../../server/doors/stream/testing/fake_peer';
import { Clock } from '../../program/clock';
import { ConfigurationError } from '../../program/exit';
import { SILENT_LOG } from '../../program/log';
import { Reply, ReplyDecoder } from '../../protocol/reply_decoder';
import { Connect } from '../../client/transport';
import { Peer } from '../../client/testing/model_server';
import { Receiver, SimulatedNetwork } from '../../client/testing/simulated_network';
import { Request } from '../../protocol/request_decoder';
import { AgencyContext } from '../../server/doors/agencies/agency_context';
import { AgencyProtocol } from '../../server/doors/agencies/agency_protocol';
import { RoomQueue } from '../../server/doors/stream/room_queue';
import { StreamConnection } from '../../server/doors/stream/stream_connection';
import { StreamContext } from '../../server/doors/stream/stream_context';
import { Wire } from '../../server/doors/stream/wire';
import { Ledger, LotteryTerms } from '../../server/ledger/ledger';
import { requireMeantDeadline } from '../../server/lottery/draw_deadline';
import { Lottery } from '../../server/lottery/lottery';
import { Telemetry } from '../../server/telemetry/telemetry';
import { LedgerWatch } from './ledger_watch';
import { LifeClock } from './life_clock';
import { ServerSetup, SimulatedStorage } from './simulated_storage';
import { WatchedLedger } from './watched_ledger';

const TICK_MS = 250;
const MAX_PAYLOAD_BYTES = 64 * 1024;
const IDLE_TIMEOUT_MS = 20_000;

/** What a {@link SimulatedServer} needs around it. */
export interface SimulatedServerContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly wallTimeMs: () => number;
  readonly terms: LotteryTerms;
  readonly storage: SimulatedStorage;
  /** Told of a broken promise. */
  readonly report: (error: Error) => void;
}

/** What there is of a server while it is up. */
interface Life {
  readonly clock: LifeClock;
  ledger?: Ledger;
  lottery?: Lottery;
  door?: StreamContext<Request>;
}

/** The server's real rules and connections, without sockets, over a storage that outlives it. */
export class SimulatedServer {
  readonly #context: SimulatedServerContext;
  readonly #network: SimulatedNetwork;
  readonly #connections = new Set<StreamConnection<Request>>();
  #life: Life | undefined;

  constructor(context: SimulatedServerContext) {
    this.#context = context;
    this.#network = new SimulatedNetwork(context.clock, context.random, (peer) => this.#accept(peer));
    this.#network.isServerThere = false;
  }

  /** How agencies reach it. */
  get connect(): Connect {
    return this.#network.connect;
  }

  /** Breaks a connection, if there is one. */
  loseConnection(): void {
    this.#network.loseOne();
  }

  /** Starts it on what is durable, unless it is up. */
  start(setup: ServerSetup): void {
    if (this.#life !== undefined) return;
    const life: Life = { clock: new LifeClock(this.#context.clock) };
    this.#life = life;
    this.#open(life, setup).catch((error: unknown) => this.#context.report(error as Error));
  }

  /** Killed: what is not durable is gone. */
  kill(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.clock.end();
    this.#network.isServerThere = false;
    this.#network.loseServer();
    for (const connection of this.#connections) connection.closed();
    this.#connections.clear();
    this.#context.storage.killed(life.clock);
  }

  /** Stopped by a signal; `ended` when it has left, unless it is killed before. */
  stop(ended: () => void): void {
    const life = this.#life;
    if (life?.ledger === undefined) return;
    this.#network.isServerThere = false;
    life.lottery?.close();
    for (const connection of this.#connections) connection.shutDown();
    void life.ledger.close().then(() => {
      if (this.#life !== life) return;
      this.kill();
      ended();
    });
  }

  async #open(life: Life, setup: ServerSetup): Promise<void> {
    const { storage, terms, wallTimeMs, report } = this.#context;
    const ledger = await storage.open(life.clock, setup);
    if (this.#life !== life) return;
    const meant = isMeant(setup, ledger, wallTimeMs()) ? setup : { ...setup, deadline: undefined };
    life.ledger = ledger;
    const watched = new WatchedLedger(ledger, {
      life: life.clock,
      setup: meant,
      wallTimeMs,
      report,
    });
    const observer = new Telemetry(terms, ledger.openedWith);
    const lottery = new Lottery(watched, terms, {
      ...meant,
      clock: life.clock,
      log: SILENT_LOG,
      observer,
      wallTimeMs,
      onBroken: report,
    });
    life.lottery = lottery;
    await lottery.opened;
    if (this.#life !== life) return;
    life.door = openDoor(lottery, observer, life.clock);
    this.#tickLater(life.clock);
    this.#network.isServerThere = true;
  }

  #accept(peer: Peer): Receiver {
    const { report, storage } = this.#context;
    const wire = new SimulatedWire(peer, (reply) => {
      const wrong = wrongIn(reply, storage.watch);
      if (wrong !== undefined) report(new Error(wrong));
    });
    const connection = new StreamConnection(wire, this.#life!.door!, PLAIN);
    this.#connections.add(connection);
    wire.deliver = (bytes) => connection.receive(bytes);
    return {
      receive: (bytes) => wire.arrive(bytes),
      gone: () => {
        this.#connections.delete(connection);
        connection.closed();
      },
    };
  }

  #tickLater(clock: LifeClock): void {
    clock.after(TICK_MS, () => {
      for (const connection of this.#connections) connection.tick();
      this.#tickLater(clock);
    });
  }
}

/** As the server asks when it has opened its ledger. */
function isMeant({ deadline }: ServerSetup, { openedWith }: Ledger, nowMs: number): boolean {
  try {
    requireMeantDeadline(deadline, openedWith, nowMs);
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
}

/** What the connections of one life share, as the agencies' door has it. */
function openDoor(lottery: Lottery, telemetry: Telemetry, clock: Clock): StreamContext<Request> {
  const protocol = new AgencyProtocol(
    new AgencyContext(lottery, telemetry, clock, SILENT_LOG),
    MAX_PAYLOAD_BYTES,
  );
  return new StreamContext(protocol, new RoomQueue(lottery), clock, IDLE_TIMEOUT_MS);
}

/** What leaves the server must be true on the disk at that moment. @returns what is wrong with it */
function wrongIn(reply: Reply, watch: LedgerWatch): string | undefined {
  switch (reply.type) {
    case 'ACK':
      if (watch.texts.has(`${reply.agency}/${reply.batchId}`)) return undefined;
      return `ACK of batch ${reply.batchId} of agency ${reply.agency}, which is not stored`;
    case 'WIN':
      return watch.isWin(reply.documents.join(',')) ? undefined : 'a WIN that the disk does not know';
    case 'ERR':
      if (reply.code !== 'closed' || watch.closedWith !== undefined || watch.finished.size > 0)
        return undefined;
      return 'refused as too late while the sale is open';
    case 'CRC':
      return watch.isCheck(reply)
        ? undefined
        : `a CRC of ${reply.batchId} batches that the disk does not know`;
    case 'RCP':
      return 'an RCP that nobody has asked for';
    case 'HAS':
    case 'ECHO':
      return undefined;
  }
}

/** Bytes wait while the connection does not read; replies are looked at as they leave. */
class SimulatedWire implements Wire {
  readonly unsentBytes = 0;
  readonly unreadBytes = 0;
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
