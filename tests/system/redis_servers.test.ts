/** Servers over one Redis: one lottery, one draw, whichever server an agency reaches, and whatever becomes of Redis. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { AGENCIES } from '../support/data';
import { expectRightResult, inRedis } from '../support/database_result';
import { Program, Stage } from '../support/programs';
import { call, RawClient } from '../support/raw_client';
import { describeWithRedis, RedisServer } from '../support/redis';
import { agencyLine, batchOfText } from '../support/wire';

const TIMEOUT_MS = 60_000;
const BET = '1,1,Ana,Paz,31204458,1987-03-17,7574';

describeWithRedis('servers over one Redis', () => {
  let redis: RedisServer;
  let database: TestRedis;
  let stage: Stage;
  beforeAll(async () => void (redis = await RedisServer.start()), TIMEOUT_MS);
  afterAll(() => redis.remove());
  beforeEach(async () => {
    stage = new Stage();
    await redis.start();
    database = new TestRedis(redis);
  });
  afterEach(() => stage.close());

  const start = (
    settings: Readonly<Record<string, string>> = {},
  ): Promise<{ server: Program; port: number }> =>
    stage.startServer({ LEDGER: 'redis', REDIS_URL: database.url, ...settings });

  test(
    'agencies at different servers have one draw, and each gets its winners',
    async () => {
      const servers = [await start(), await start(), await start()];
      const agencies = AGENCIES.map((agency) => stage.startAgency(agency, servers[agency % 3]!.port));
      await expectRightResult({ stage, database: inRedis(database), agencies });
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
      await expectRightResult({ stage, database: inRedis(database), agencies });
    },
    TIMEOUT_MS,
  );

  test(
    'Redis is killed while agencies send, and started again',
    async () => {
      const [one, other] = [await start({ LOGGING_LEVEL: 'DEBUG' }), await start()];
      const agencies = AGENCIES.map((agency) =>
        stage.startAgency(agency, agency % 2 === 0 ? other.port : one.port, { CLI_BATCH_MAXAMOUNT: '50' }),
      );
      await one.server.untilOutput(/(apuesta_recibida[^]*){20}/);
      await redis.stop('SIGKILL');
      await redis.start();
      await expectRightResult({ stage, database: inRedis(database), agencies });
    },
    TIMEOUT_MS,
  );

  test(
    'a Redis that comes back without what it had acknowledged ends its servers',
    async () => {
      const { server, port } = await start();
      expect(await call(port, batchOfText(1, BET))).toMatch(/^ACK,/);
      await redis.stop('SIGKILL');
      const file = join(redis.folder, 'appendonlydir');
      expect(existsSync(file)).toBe(true);
      rmSync(file, { recursive: true });
      await redis.start();
      expect(await server.exit).toBe(1);
      expect(server.errors).toBe(
        'the database has lost what it had committed, or is another one than before\n',
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a Redis that may lose what it has answered is taken only when the operator insists',
    async () => {
      await database.command('CONFIG', 'SET', 'appendfsync', 'everysec');
      const settings = { SERVER_PORT: '0', LEDGER: 'redis', REDIS_URL: database.url };
      const refused = stage.run('server/main.js', settings);
      expect(await refused.exit).toBe(1);
      expect(refused.errors).toMatch(/^the database has appendfsync everysec .*= allow.*\n$/);
      const { server } = await start({ DATABASE_UNSAFE_COMMITS: 'allow' });
      expect(server.output).toMatch(/action: open_ledger \| result: success \| .*may be lost/);
      await database.command('CONFIG', 'SET', 'appendfsync', 'always');
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
      for (const client of [first, second]) client.close();
    },
    TIMEOUT_MS,
  );

  test(
    'a server that is started before Redis says what it waits for, and goes on by itself; SIGTERM ends it',
    async () => {
      await redis.stop('SIGTERM');
      const settings = { SERVER_PORT: '0', LEDGER: 'redis', REDIS_URL: database.url };
      const [server, other] = [stage.run('server/main.js', settings), stage.run('server/main.js', settings)];
      await Promise.all(
        [server, other].map((each) =>
          each.untilOutput(/waiting_for: the database \|.*reason: connect ECONNREFUSED/),
        ),
      );
      other.signal('SIGTERM');
      expect({ exit: await other.exit, errors: other.errors }).toEqual({ exit: 0, errors: '' });
      await redis.start();
      const [, port] = await server.untilOutput(
        /accept_connections \| result: in_progress \| port: ([0-9]+)/,
      );
      expect(await call(Number(port), batchOfText(1, BET))).toMatch(/^ACK/);
      server.signal('SIGTERM');
      expect({ exit: await server.exit, errors: server.errors }).toEqual({ exit: 0, errors: '' });
    },
    TIMEOUT_MS,
  );

  test.each([
    ['no Redis', {}, 2, /REDIS_URL: missing/],
    ['a URL of another kind', { REDIS_URL: 'mysql://x' }, 2, /^environment: REDIS_URL: no redis:/],
    ['a password with a sign that ends it', { REDIS_URL: 'redis://:hid/den@127.0.0.1/0' }, 2, /as %2F/],
  ])('%s ends the server with one line that shows no password', async (_, settings, exitCode, message) => {
    const server = stage.run('server/main.js', { SERVER_PORT: '0', LEDGER: 'redis', ...settings });
    expect(await server.exit).toBe(exitCode);
    expect(server.errors).toMatch(/^[^\n]+\n$/);
    expect(server.errors).toMatch(message);
    expect(server.errors).not.toMatch(/hid|den/);
  });
});
