/** Clients of both doors who do everything at once, across the ends of servers. */
import { Random } from '../../../tools/random';
import { httpPortOf, memcachedPortOf, Program, Stage } from '../../support/programs';
import { Call, RecordedConnection } from '../history/recorder';
import type { History, Life } from './checker';
import { BAD_NUMBER, chooseMessage, chooseRequest, REFUSED, TERMS } from './choices';
import { HttpClient, sentOf } from './http_client';
import { MemcachedClient } from './memcached_client';
import type { Operation, Request } from './operation';
import type { PlayedLedger } from './played_ledger';
import { operationsOfCalls } from './tcp_operations';

const HTTP_CLIENTS = 8;
const TCP_CLIENTS = 8;
const MEMCACHED_CLIENTS = 4;
const OPERATIONS_OF_CLIENT = 50;
/** So many messages of a connection are on their way at once. */
const MAX_WINDOW = 4;
/** How long a request waits for the draw at most. */
const WAIT_S = 60;
/** A server lives at least so long. */
const FEWEST_ANSWERS = 125;
/** Of a thousand. */
const LEAVING = 20;

/** Where a server is reached. */
interface Ports {
  readonly tcp: number;
  readonly http: number;
  readonly memcached: number;
}

/** One life of the servers. */
interface LifePlan {
  readonly finsOfThousand: number;
  /** How they end when so many operations are answered; `undefined` for when all are. */
  readonly end: { readonly signal: NodeJS.Signals; readonly answered: number } | undefined;
}

/** What a play needs, and what it leaves. */
export interface Play {
  readonly history: History;
  /** What the program has printed that followed the log. */
  readonly followed: string;
  /** How the verification of the log has ended, and what it said. */
  readonly verified: { readonly exit: number | string; readonly output: string };
}

/** Plays once. The seed decides what is sent, not when it arrives. */
export async function play(stage: Stage, ledger: PlayedLedger, seed: number): Promise<Play> {
  return new Player(stage, ledger, seed).play();
}

class Player {
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #ledger: PlayedLedger;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #lives: Life[] = [];
  #lines: readonly string[] = [];

  constructor(stage: Stage, ledger: PlayedLedger, seed: number) {
    this.#stage = stage;
    this.#random = new Random(seed);
    this.#ledger = ledger;
    this.#environment = {
      AGENCIES: String(TERMS.agencies),
      LOTTERY_WINNER_NUMBER: String(TERMS.winnerNumber),
      HTTP_PORT: '0',
      MEMCACHED_PORT: '0',
      ...ledger.settings,
    };
  }

  async play(): Promise<Play> {
    const all = (HTTP_CLIENTS + TCP_CLIENTS + MEMCACHED_CLIENTS) * OPERATIONS_OF_CLIENT;
    const endSignal = this.#random.pick(['SIGKILL', 'SIGTERM'] as const);
    const soon = FEWEST_ANSWERS + this.#random.below(all / 2);
    const late = FEWEST_ANSWERS + this.#random.below(all);
    await this.#live({ finsOfThousand: 0, end: { signal: 'SIGKILL', answered: soon } });
    const following = this.#audit('--follow');
    await this.#live({ finsOfThousand: 3, end: { signal: endSignal, answered: late } });
    await this.#live({ finsOfThousand: 20, end: undefined });
    await following.untilOutputLength(this.#lines.reduce((length, line) => length + line.length + 1, 0));
    following.signal('SIGTERM');
    await following.exit;
    const verifying = this.#audit('--verify');
    return {
      history: { terms: TERMS, lives: this.#lives, texts: await this.#ledger.readTexts() },
      followed: following.output,
      verified: { exit: await verifying.exit, output: verifying.output },
    };
  }

  #audit(word: string): Program {
    return this.#stage.run('tools/audit/main.js', this.#ledger.auditSettings, [word]);
  }

  /** Servers, and everything that their clients do. */
  async #live({ finsOfThousand, end }: LifePlan): Promise<void> {
    const servers = await Promise.all(
      Array.from({ length: this.#ledger.servers }, () => this.#startServer()),
    );
    const ports = servers.map((each) => each.ports);
    const clients = new Clients(`life${this.#lives.length + 1}`, ports, finsOfThousand);
    const playing = clients.sendAll(this.#random);
    const work =
      end === undefined
        ? playing.then(() => clients.finishAll(this.#random))
        : clients.untilAnswered(end.answered, playing);
    const programs = servers.map(({ server }) => server);
    await Promise.race([work, ...programs.map(hasGone)]);
    for (const program of programs) program.signal(end?.signal ?? 'SIGTERM');
    await Promise.all(programs.map(({ exit }) => exit));
    await playing;
    await clients.close();
    const operations = this.#ledger.isRefusalFinal
      ? clients.operations
      : clients.operations.map(withoutRefusal);
    this.#lives.push({ operations, lines: await this.#readNewLines() });
  }

  async #startServer(): Promise<{ readonly server: Program; readonly ports: Ports }> {
    const { server, port } = await this.#stage.startServer(this.#environment);
    const ports = { tcp: port, http: await httpPortOf(server), memcached: await memcachedPortOf(server) };
    return { server, ports };
  }

  /** The lines that were added. Those before must be there as they were. */
  async #readNewLines(): Promise<readonly string[]> {
    const parts = await this.#ledger.readLog();
    for (const part of parts) if (!/^(.+\n)*$/.test(part)) throw new Error(`a torn line: ${part.slice(-80)}`);
    const lines = parts.flatMap((part) => part.split('\n').slice(0, -1));
    const before = this.#lines;
    if (!before.every((line, index) => line === lines[index])) throw new Error('lines have changed');
    this.#lines = lines;
    return lines.slice(before.length);
  }
}

/** The clients of the servers, in turn. */
class Clients {
  readonly #name: string;
  readonly #servers: readonly Ports[];
  #taken = 0;
  readonly #finsOfThousand: number;
  readonly #calls: Call[] = [];
  readonly #httpOperations: Operation[] = [];
  readonly #connections: RecordedConnection[] = [];
  readonly #clients: HttpClient[] = [];

  constructor(name: string, servers: readonly Ports[], finsOfThousand: number) {
    this.#name = name;
    this.#servers = servers;
    this.#finsOfThousand = finsOfThousand;
  }

  /** Sends on all connections at once, until each client has sent all of its own, or the server is gone. */
  async sendAll(random: Random): Promise<void> {
    const tcp = Array.from({ length: TCP_CLIENTS }, (_, index) =>
      this.#sendOverTcp(index, new Random(random.word())),
    );
    const http = Array.from({ length: HTTP_CLIENTS }, () => this.#sendOverHttp(new Random(random.word())));
    const memcached = Array.from({ length: MEMCACHED_CLIENTS }, () =>
      this.#sendOverMemcached(new Random(random.word())),
    );
    await Promise.all([...tcp, ...http, ...memcached]);
  }

  /** Resolves when so many operations are answered, or all is over. */
  async untilAnswered(count: number, over: Promise<unknown>): Promise<void> {
    const nextTurn = (): Promise<boolean> => new Promise((resolve) => setImmediate(() => resolve(false)));
    const isOver = over.then(() => true);
    while (this.#answered < count && !(await Promise.race([isOver, nextTurn()])));
  }

  /** Some wait for the draw over both doors; then every sale is ended, and asked for what stands. */
  async finishAll(random: Random): Promise<void> {
    const agencies = Array.from({ length: TERMS.agencies }, (_, index) => index + 1);
    const waiting = agencies.map((agency) =>
      this.#request(this.#client(), { kind: 'get-winners', agency }, random, WAIT_S),
    );
    await Promise.all(agencies.map((agency) => this.#finishOne(agency, random)));
    await Promise.all(waiting);
    for (const connection of this.#connections) await connection.untilAllWins();
    const client = this.#client();
    for (const agency of agencies) {
      await this.#request(client, { kind: 'get-winners', agency }, random);
      for (let count = 0; count < 10; count++)
        await this.#request(client, chooseRequest(agency, random), random);
    }
    await this.#request(client, { kind: 'get-agencies', after: 0, limit: 10 }, random);
    await this.#request(client, { kind: 'get-draw' }, random);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    for (const connection of this.#connections) await connection.close();
  }

  /** What was sent. */
  get operations(): Operation[] {
    const isBad = (text: string): boolean => text.endsWith(BAD_NUMBER);
    const { agencies } = TERMS;
    return [...this.#httpOperations, ...operationsOfCalls(this.#calls, { agencies, isBad })];
  }

  get #answered(): number {
    const isAnswered = ({ answer }: Operation): boolean => answer !== undefined;
    return (
      this.#httpOperations.filter(isAnswered).length +
      this.#calls.filter(({ reply }) => reply !== undefined).length
    );
  }

  #nextServer(): Ports {
    return this.#servers[this.#taken++ % this.#servers.length]!;
  }

  #client(): HttpClient {
    const name = `${this.#name}-${this.#clients.length + 1}`;
    const client = new HttpClient(this.#nextServer().http, name, this.#httpOperations);
    this.#clients.push(client);
    return client;
  }

  async #connect(): Promise<RecordedConnection | undefined> {
    const { tcp } = this.#nextServer();
    const connection = await RecordedConnection.open(tcp, this.#calls).catch(() => undefined);
    if (connection !== undefined) this.#connections.push(connection);
    return connection;
  }

  async #sendOverHttp(random: Random): Promise<void> {
    const client = this.#client();
    for (let sent = 0; sent < OPERATIONS_OF_CLIENT; sent++) {
      const agency = 1 + random.below(TERMS.agencies);
      const isFin = this.#isFin(agency, sent, random);
      const request: Request = isFin ? { kind: 'finish', agency } : chooseRequest(agency, random);
      if (!(await this.#request(client, request, random))) return;
    }
  }

  async #request(client: HttpClient, request: Request, random: Random, waitS = 0): Promise<boolean> {
    if (request.kind !== 'refused') {
      const isLeaving = waitS === 0 && random.chance(LEAVING);
      return client.send(request, sentOf(request, random.pick(['csv', 'json'] as const), waitS), isLeaving);
    }
    const refused = REFUSED.find(([known]) => known === request);
    if (refused === undefined) throw new Error('a request that nobody knows how to send');
    return client.send(...refused);
  }

  async #sendOverMemcached(random: Random): Promise<void> {
    const { memcached } = this.#nextServer();
    const client = await MemcachedClient.open(memcached, this.#httpOperations).catch(() => undefined);
    for (let sent = 0; sent < OPERATIONS_OF_CLIENT; sent++) {
      if (client === undefined || !(await client.send(random))) break;
    }
    client?.close();
  }

  /** The last agency finishes when all others have: before that nothing is drawn. */
  #isFin(agency: number, sent: number, random: Random): boolean {
    if (agency === TERMS.agencies || sent < OPERATIONS_OF_CLIENT / 2) return false;
    return random.chance(this.#finsOfThousand);
  }

  /** Several messages are on their way at once; on a new connection when the server has closed the last. */
  async #sendOverTcp(index: number, random: Random): Promise<void> {
    const agency = 1 + (index % TERMS.agencies);
    // Only some ask: the others are never barred by a later connection.
    const isAsking = index >= TERMS.agencies;
    let connection = await this.#connect();
    for (let sent = 0; sent < OPERATIONS_OF_CLIENT; sent++) {
      if (connection?.isOver !== false) connection = await this.#connect();
      // The server is gone.
      if (connection === undefined) return;
      const isFin = this.#isFin(agency, sent, random);
      connection.send(isFin ? { kind: 'FIN', agency } : chooseMessage(agency, random, isAsking));
      await connection.untilFewerThan(1 + random.below(MAX_WINDOW));
    }
    await connection?.untilFewerThan(1);
  }

  /** Ends a sale over both doors, more than once, with what comes behind it. */
  async #finishOne(agency: number, random: Random): Promise<void> {
    const client = this.#client();
    await this.#request(client, { kind: 'finish', agency }, random);
    const connection = await this.#connect();
    if (connection === undefined) throw new Error('the server is gone');
    for (let count = random.below(3); count >= 0; count--) connection.send({ kind: 'FIN', agency });
    for (let count = 0; count < 5; count++) connection.send(chooseMessage(agency, random, true));
    await this.#request(client, { kind: 'finish', agency }, random);
    await connection.untilAllWins();
    await connection.untilFewerThan(1);
  }
}

/** One that was answered with `unavailable` and may have been done all the same. */
function withoutRefusal(operation: Operation): Operation {
  return operation.answer === 'unavailable'
    ? { ...operation, answer: undefined, endMs: Infinity }
    : operation;
}

/** @throws Error when the server ends by itself: whoever waits for it need not go on */
async function hasGone(server: Program): Promise<never> {
  const exit = await server.exit;
  throw new Error(`a server has ended by itself: ${exit}\n${server.output.slice(-1_000)}${server.errors}`);
}
