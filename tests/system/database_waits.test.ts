/** Servers that are started before their database, or with a wrong idea of it. */
import { createServer, Server, Socket } from 'node:net';
import { once } from 'node:events';

import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { describeWithPostgres, PostgresServer } from '../support/postgres';
import { Program, Stage } from '../support/programs';
import { call } from '../support/raw_client';
import { agencyLine, batchOfText } from '../support/wire';

const TIMEOUT_MS = 60_000;
const WAITS = /action: open_ledger \| result: in_progress \| waiting_for: the database \|/;
const ACCESS = ['host all postgres all trust', 'host all all all scram-sha-256'];

describeWithPostgres('a server and its database', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;
  let stage: Stage;
  beforeAll(async () => {
    postgres = await PostgresServer.start({ access: ACCESS });
    database = await TestDatabase.create(postgres);
    await database.sql("CREATE ROLE lottery LOGIN PASSWORD 'hidden'");
    await database.sql(`ALTER DATABASE ${database.name} OWNER TO lottery`);
  }, TIMEOUT_MS);
  afterAll(() => postgres.remove());
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.close());

  const urlOf = (login = 'lottery:hidden', name = database.name): string =>
    database.url.replace('postgres@', `${login}@`).replace(/[^/]*$/, name);
  const run = (url: string): Program =>
    stage.run('server/main.js', { LEDGER: 'postgres', DATABASE_URL: url, SERVER_PORT: '0' });

  test(
    'a server that is started first says what it waits for, and goes on by itself',
    async () => {
      await postgres.stop('fast');
      const server = run(urlOf());
      await server.untilOutput(WAITS);
      await server.untilOutput(/reason: 127\.0\.0\.1:[0-9]+: connect ECONNREFUSED/);
      await postgres.start();
      const [, port] = await server.untilOutput(
        /accept_connections \| result: in_progress \| port: ([0-9]+)/,
      );
      expect(await call(Number(port), batchOfText(1, '1,1,Ana,Paz,31204458,1987-03-17,7574'))).toMatch(
        /^ACK/,
      );
      expect(await call(Number(port), agencyLine('ASK', 1))).toMatch(/^HAS/);
      server.signal('SIGTERM');
      expect({ exit: await server.exit, errors: server.errors }).toEqual({ exit: 0, errors: '' });
    },
    TIMEOUT_MS,
  );

  test('SIGTERM while it waits', async () => {
    const server = run('postgresql://lottery:hidden@127.0.0.1:1/lottery');
    await server.untilOutput(WAITS);
    server.signal('SIGTERM');
    expect({ exit: await server.exit, errors: server.errors }).toEqual({ exit: 0, errors: '' });
    expect(server.output).toMatch(/action: shutdown \| result: success \| signal: SIGTERM\n$/);
    expect(server.output).not.toContain('hidden');
  });

  test('SIGTERM while a host takes the connection and says nothing', async () => {
    const silent = await SilentHost.start();
    try {
      const server = stage.run('server/main.js', {
        LEDGER: 'postgres',
        DATABASE_URL: silent.url,
        DATABASE_CONNECT_TIMEOUT_MS: '600000',
        SERVER_PORT: '0',
      });
      await silent.reached;
      server.signal('SIGTERM');
      expect({ exit: await server.exit, errors: server.errors }).toEqual({ exit: 0, errors: '' });
    } finally {
      await silent.stop();
    }
  });

  test('such a host counts as not reached after DATABASE_CONNECT_TIMEOUT_MS', async () => {
    const silent = await SilentHost.start();
    try {
      const server = stage.run('server/main.js', {
        LEDGER: 'postgres',
        DATABASE_URL: silent.url,
        DATABASE_CONNECT_TIMEOUT_MS: '100',
        SERVER_PORT: '0',
      });
      await server.untilOutput(/reason: 127\.0\.0\.1:[0-9]+: no answer within 100 ms/);
    } finally {
      await silent.stop();
    }
  });

  test.each([
    ['a wrong password', () => urlOf('lottery:hidden2'), /password authentication failed for user "lottery"/],
    ['no password', () => urlOf('lottery'), /asks for a password of the role "lottery", and none is given/],
    ['an unknown role', () => urlOf('nobody:hidden'), /for user "nobody"/],
    ['an unknown database', () => urlOf(undefined, 'nowhere'), /database "nowhere" does not exist/],
    ['no TLS where it must be', () => `${urlOf()}?sslmode=require`, /the server offers no TLS/],
  ])('%s is not waited for: one line that names key and place', async (_, url, line) => {
    const server = run(url());
    expect(await server.exit).toBe(2);
    expect(server.errors).toMatch(/^environment: DATABASE_URL: [^\n]+\n$/);
    expect(server.errors).toMatch(line);
    expect(server.errors + server.output).not.toContain('hidden');
  });
});

/** A host that takes connections and never says a word. */
class SilentHost {
  readonly reached: Promise<unknown>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<SilentHost> {
    const host = new SilentHost(createServer());
    await once(host.#server.listen(0, '127.0.0.1'), 'listening');
    return host;
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#sockets.add(socket.on('error', () => undefined)));
    this.reached = once(server, 'connection');
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return `postgresql://lottery:hidden@127.0.0.1:${address.port}/lottery`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
