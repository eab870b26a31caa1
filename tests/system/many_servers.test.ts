/** Several servers over one PostgreSQL: one lottery, one draw, whichever server an agency reaches. */
import { AGENCIES } from '../support/data';
import { expectRightResult, inPostgres } from '../support/database_result';
import { describeWithPostgres, PostgresServer } from '../support/postgres';
import { Program, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { agencyLine, batchOfText } from '../support/wire';
import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';

const TIMEOUT_MS = 60_000;

describeWithPostgres('several servers over one PostgreSQL', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;
  let stage: Stage;
  beforeAll(async () => void (postgres = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => postgres.remove());
  beforeEach(async () => {
    stage = new Stage();
    database = await TestDatabase.create(postgres);
  });
  afterEach(() => stage.close());

  const start = (
    settings: Readonly<Record<string, string>> = {},
  ): Promise<{ server: Program; port: number }> =>
    stage.startServer({ LEDGER: 'postgres', DATABASE_URL: database.url, ...settings });

  test(
    'agencies at different servers have one draw, and each gets its winners',
    async () => {
      const servers = [await start(), await start(), await start()];
      const agencies = AGENCIES.map((agency) => stage.startAgency(agency, servers[agency % 3]!.port));
      await expectRightResult({ stage, database: inPostgres(database), agencies });
    },
    TIMEOUT_MS,
  );

  test(
    'a server that is killed while agencies send is missed by nobody',
    async () => {
      const [one, other] = [await start({ LOGGING_LEVEL: 'DEBUG' }), await start()];
      const agencies = AGENCIES.map((agency) =>
        stage.startAgency(agency, agency === 5 ? other.port : one.port, { CLI_BATCH_MAXAMOUNT: '50' }),
      );
      await one.server.untilOutput(/(apuesta_recibida[^]*){20}/);
      one.server.signal('SIGKILL');
      await one.server.exit;
      await start({ SERVER_PORT: String(one.port) });
      await expectRightResult({ stage, database: inPostgres(database), agencies });
    },
    TIMEOUT_MS,
  );

  test(
    'the database is restarted while agencies send',
    async () => {
      const [one, other] = [await start({ LOGGING_LEVEL: 'DEBUG' }), await start()];
      const agencies = AGENCIES.map((agency) =>
        stage.startAgency(agency, agency % 2 === 0 ? other.port : one.port, { CLI_BATCH_MAXAMOUNT: '50' }),
      );
      await one.server.untilOutput(/(apuesta_recibida[^]*){20}/);
      await postgres.stop('immediate');
      await postgres.start();
      await expectRightResult({ stage, database: inPostgres(database), agencies });
    },
    TIMEOUT_MS,
  );

  test(
    'no batch of an agency is taken by one server once another has its FIN',
    async () => {
      const [one, other] = [await start(), await start()];
      const clients = [await RawClient.open(one.port), await RawClient.open(other.port)];
      const bet = '1,1,Ana,Paz,31204458,1987-03-17,7574';
      clients[0]!.write(batchOfText(1, bet));
      expect(await clients[0]!.readReply()).toMatch(/^ACK,/);
      clients[0]!.write(agencyLine('FIN', 1));
      await one.server.untilOutput(/receive_fin/);
      clients[1]!.write(batchOfText(1, bet));
      expect(await clients[1]!.readReply()).toMatch(/^ACK,/);
      clients[1]!.write(batchOfText(2, bet));
      expect(await clients[1]!.readReply()).toMatch(/,closed,/);
      for (const client of clients) client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'an agency that is started again at another server bars what it has left at the first (R22)',
    async () => {
      const servers = [await start(), await start()];
      const former = await RawClient.open(servers[0]!.port);
      const later = await RawClient.open(servers[1]!.port);
      for (const client of [former, later]) {
        client.write(agencyLine('ASK', 1));
        expect(await client.readReply()).toMatch(/^HAS,/);
      }
      later.write(batchOfText(1, '1,1,Ana,Paz,31204458,1987-03-17,7574'));
      expect(await later.readReply()).toMatch(/^ACK,/);
      former.write(batchOfText(2, '1,2,Ana,Paz,31204458,1987-03-17,7574'));
      expect(await former.readReply()).toMatch(/,unavailable,/);
      for (const client of [former, later]) client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a server that dies before the draw leaves nothing that another cannot finish',
    async () => {
      const [one, other] = [await start({ AGENCIES: '2' }), await start({ AGENCIES: '2' })];
      const [first, second] = [await RawClient.open(one.port), await RawClient.open(other.port)];
      first.write(agencyLine('FIN', 1));
      await one.server.untilOutput(/receive_fin/);
      one.server.signal('SIGKILL');
      await one.server.exit;
      second.write(agencyLine('FIN', 2));
      expect(await second.readReply()).toBe('WIN,00000000');
      const { port } = await start({ AGENCIES: '2' });
      const third = await RawClient.open(port);
      third.write(agencyLine('FIN', 1));
      expect(await third.readReply()).toBe('WIN,00000000');
      for (const client of [first, second, third]) client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a database that may lose what it has committed is taken only when the operator insists',
    async () => {
      await database.sql(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
      const refused = stage.run('server/main.js', {
        SERVER_PORT: '0',
        LEDGER: 'postgres',
        DATABASE_URL: database.url,
      });
      expect(await refused.exit).toBe(1);
      expect(refused.errors).toMatch(/^the database has synchronous_commit = off.*= allow.*\n$/);
      const { server } = await start({ DATABASE_UNSAFE_COMMITS: 'allow' });
      expect(server.output).toMatch(/action: open_ledger \| result: success \| .*may be lost/);
    },
    TIMEOUT_MS,
  );

  test.each([
    ['no database', {}, 2, /DATABASE_URL: missing/],
    ['a URL of another kind', { DATABASE_URL: 'mysql://x' }, 2, /^environment: DATABASE_URL: no postgresql:/],
    [
      'a password with a sign that ends it',
      { DATABASE_URL: 'postgresql://postgres:hid/den@127.0.0.1/x' },
      2,
      /^environment: DATABASE_URL: no postgresql:.*\/ as %2F/,
    ],
  ])('%s ends the server with one line that shows no password', async (_, settings, exitCode, message) => {
    const server = stage.run('server/main.js', { SERVER_PORT: '0', LEDGER: 'postgres', ...settings });
    expect(await server.exit).toBe(exitCode);
    expect(server.errors).toMatch(/^[^\n]+\n$/);
    expect(server.errors).toMatch(message);
    expect(server.errors).not.toMatch(/hid|den/);
  });
});
