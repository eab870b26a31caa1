/** The server from one file: it does what it does module by module, with its threads, its files and its databases. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { DIST, ROOT } from '../support/built';
import { makeLogKey } from '../support/log_key';
import { describeWithPostgres, PostgresServer } from '../support/postgres';
import { httpPortOf, Program, Stage, tcpPortOf } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { describeWithRedis, RedisServer } from '../support/redis';
import { EndedProgram, LoadedModules, runToEnd, stackWithSourceMaps } from '../support/run_program';
import { agencyLine, batch, batchLine, bet, batchOfText } from '../support/wire';

const BUNDLED = 'bundled/server/main.js';
const PLAIN = 'server/main.js';
const TIMEOUT_MS = 60_000;

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

function settings(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    SERVER_PORT: '0',
    SERVER_LISTEN_ADDRESS: '127.0.0.1',
    DATA_DIR: stage.path('ledger'),
    AGENCIES: '1',
    ...more,
  };
}

async function start(
  more: Readonly<Record<string, string>> = {},
): Promise<{ server: Program; client: RawClient }> {
  const server = stage.run(BUNDLED, settings(more));
  return { server, client: await RawClient.open(await tcpPortOf(server)) };
}

async function expectAck(client: RawClient, batchId: number): Promise<void> {
  client.write(batchOfText(batchId, `1,${batchId},Ana,Paz,${1_000 + batchId},1987-03-17,7574`));
  expect(await client.readReply()).toMatch(/^ACK,/);
}

async function expectStopped(server: Program): Promise<void> {
  server.signal('SIGTERM');
  expect(`${await server.exit} ${server.errors}`).toBe('0 ');
}

/** The main job, with a crash between two batches and another one after the draw. */
async function expectNothingLost(more: Readonly<Record<string, string>> = {}): Promise<void> {
  const first = await start(more);
  await expectAck(first.client, 1);
  first.server.signal('SIGKILL');
  await first.server.exit;
  const second = await start(more);
  await expectAck(second.client, 2);
  second.client.write(agencyLine('FIN', 1));
  const winners = await second.client.readReply();
  expect(winners).toBe('WIN,000000091001,1002');
  second.server.signal('SIGKILL');
  await second.server.exit;
  const third = await start(more);
  third.client.write(agencyLine('FIN', 1));
  expect(await third.client.readReply()).toBe(winners);
  await expectStopped(third.server);
}

test('does its work, and a crash costs nothing', () => expectNothingLost(), TIMEOUT_MS);

describeWithPostgres('with LEDGER=postgres', () => {
  let postgres: PostgresServer;
  beforeAll(async () => void (postgres = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => postgres.remove());

  test(
    'so does the server',
    async () => {
      const { url } = await TestDatabase.create(postgres);
      await expectNothingLost({ LEDGER: 'postgres', DATABASE_URL: url });
    },
    TIMEOUT_MS,
  );
});

describeWithRedis('with LEDGER=redis', () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await RedisServer.start()), TIMEOUT_MS);
  afterAll(() => redis.remove());

  test(
    'so does the server',
    async () => {
      await redis.start();
      await expectNothingLost({ LEDGER: 'redis', REDIS_URL: new TestRedis(redis).url });
    },
    TIMEOUT_MS,
  );
});

test('its page has all its files, and a long body over HTTP is checked by a thread', async () => {
  const { server } = await start({ HTTP_PORT: '0', HTTP_ADDRESS: '127.0.0.1' });
  const url = `http://127.0.0.1:${await httpPortOf(server)}`;
  for (const path of [
    '/',
    '/assets/page.css',
    '/assets/icon.svg',
    '/assets/uplot',
    '/assets/uplot.css',
    '/assets/main',
  ]) {
    const { status } = await fetch(url + path);
    expect(`${path} ${status}`).toBe(`${path} 200`);
  }
  const rows = Array.from({ length: 5_000 }, (_, index) => `${index + 1},Ana,Paz,31204458,1987-03-17,7574\n`);
  const answer = await fetch(`${url}/agencies/1/batches/1`, {
    method: 'PUT',
    body: rows.join(''),
    headers: { 'content-type': 'text/csv' },
  });
  expect(answer.status).toBe(201);
  await expectStopped(server);
});

test('takes what its HTTP door needs from one file, whatever its code cache is', async () => {
  cpSync(join(DIST, 'bundled/server'), stage.path('dist/bundled/server'), { recursive: true });
  for (const path of ['dist/server', 'dist/page', 'server']) symlinkSync(join(ROOT, path), stage.path(path));
  symlinkSync(join(ROOT, 'node_modules'), stage.path('node_modules'));
  const cache = stage.path('dist/bundled/server/packages.cache');
  const spoil = [() => undefined, () => writeFileSync(cache, 'no cache'), () => rmSync(cache)];
  for (const [index, prepare] of spoil.entries()) {
    prepare();
    const modules = new LoadedModules(stage);
    const server = stage.run(
      join(relative(DIST, stage.path('dist')), BUNDLED),
      settings({ HTTP_PORT: '0', HTTP_ADDRESS: '127.0.0.1', ...modules.environment }),
    );
    const url = `http://127.0.0.1:${await httpPortOf(server)}`;
    for (const path of ['/readyz', '/openapi.json', '/metrics'])
      expect(`${index} ${path} ${(await fetch(url + path)).status}`).toBe(`${index} ${path} 200`);
    await expectStopped(server);
    expect(modules.files.filter((path) => /fastify|prom-client/.test(path))).toEqual([]);
  }
});

test('gives receipts', async () => {
  const { server, client } = await start(makeLogKey(stage.path('keys')).environment);
  client.write(batch(1, [bet(1, 1)]));
  expect(await client.readReply()).toMatch(/^ACK,/);
  let receipt = '';
  while (receipt.length <= 12) {
    client.write(batchLine('RCP', 1, 1));
    receipt = await client.readReply();
  }
  expect(receipt).toContain('lottery.example/2026-12-22');
  await expectStopped(server);
});

test('runs none of the packages of other databases and of doors that are not open', async () => {
  const modules = new LoadedModules(stage);
  const { server } = await start(modules.environment);
  await expectStopped(server);
  const loaded = modules.files;
  const packages = loaded.flatMap((path) => /\/node_modules\/([^/]+)/.exec(path)?.[1] ?? []);
  // What it needs at every start is in the file, but for the native code of one.
  expect([...new Set(packages)]).toEqual(['better-sqlite3']);
  expect(loaded.filter((path) => path.startsWith(DIST) && !path.includes('/bundled/'))).toEqual([]);
});

test('none of its threads is looked for among the compiled modules', async () => {
  const hook = stage.path('hook.cjs');
  writeFileSync(
    hook,
    `const threads = require('node:worker_threads');
    threads.Worker = class extends threads.Worker {
      constructor(file, options) {
        super(file, options);
        console.error(file);
      }
    };`,
  );
  const { server, client } = await start({ NODE_OPTIONS: `--require ${JSON.stringify(hook)}` });
  client.write(batchOfText(1, '1,1,Ana,Paz,1001,1987-03-17,7574'));
  client.write(agencyLine('FIN', 1));
  expect([await client.readReply(), await client.readReply()].join()).toMatch(/^ACK,.*WIN,/s);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const files = server.errors.trim().split('\n').sort();
  expect(files).toEqual(
    ['draw', 'log_mover', 'writer'].map((name) => join(DIST, `bundled/server/${name}_thread.js`)),
  );
});

test.each([
  ['--help', ['--help'], {}],
  ['two files', ['a', 'b'], {}],
  ['a file that is not there', ['nowhere.ini'], {}],
  ['a wrong setting', [], { AGENCIES: 'many' }],
  ['receipts without a key', [], { RECEIPTS: 'on' }],
  ['a number that is none', [], { LOTTERY_WINNER_NUMBER: '10000' }],
] as [string, string[], Record<string, string>][])(
  'says of %s what it says module by module',
  (_, words, environment) => {
    const says = (program: string): EndedProgram => {
      const said = runToEnd([join(DIST, program), ...words], {
        DATA_DIR: stage.path('ledger'),
        ...environment,
      });
      return { ...said, stdout: said.stdout.replace(/^\S+Z /gm, '') };
    };
    const plain = says(PLAIN);
    expect(says(BUNDLED)).toEqual(plain);
    expect(plain.status).toBe(words[0] === '--help' ? 0 : 2);
    expect(plain.stderr.split('\n').length).toBeLessThanOrEqual(2);
  },
);

test('with --enable-source-maps the stack of an error names the TypeScript', () => {
  expect(stackWithSourceMaps(stage, join(DIST, BUNDLED))).toMatch(/\/program\/signals\.ts:\d+:\d+/);
});

describe('the build', () => {
  const bundle = (environment: Readonly<Record<string, string>> = {}): EndedProgram =>
    runToEnd([join(ROOT, 'tools/bundle/bundle.mjs'), stage.path('dist/bundled'), 'server'], environment);
  const fileOf = (name: string): string => stage.path(`dist/bundled/server/${name}`);
  const DONE = { status: 0, stdout: '', stderr: '' };
  // Threads of the server that is run for the cache look for their packages there.
  beforeEach(() => symlinkSync(join(ROOT, 'node_modules'), stage.path('node_modules')));

  test('leaves what is up to date, and makes again what is not whole', () => {
    expect(bundle()).toEqual(DONE);
    const before = statSync(fileOf('program.cache')).ino;
    expect(bundle()).toEqual(DONE);
    expect(statSync(fileOf('program.cache')).ino).toBe(before);
    writeFileSync(fileOf('writer_thread.js'), '');
    expect(bundle()).toEqual(DONE);
    expect(statSync(fileOf('writer_thread.js')).size).toBeGreaterThan(0);
    const licenses = readFileSync(fileOf('LICENSES.txt'), 'utf8');
    for (const name of ['@noble/curves', 'abstract-logging', 'fastify', 'ini', 'pino', 'prom-client', 'zod'])
      expect(licenses).toMatch(new RegExp(`^${name} \\d.*\\)$`, 'm'));
    expect(readdirSync(stage.path('dist/bundled')).sort()).toEqual(['server', 'server.json']);
  });

  test('goes on without a cache, and says so, where the server cannot be run', () => {
    rmSync(stage.path('node_modules'));
    const { status, stderr } = bundle();
    expect(status).toBe(0);
    expect(stderr).toMatch(/^servers will start more slowly, without a code cache: [^\n]+\n$/);
    symlinkSync(join(ROOT, 'node_modules'), stage.path('node_modules'));
    expect(runToEnd([fileOf('main.js'), '--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(bundle()).toEqual(DONE);
    expect(statSync(fileOf('program.cache')).size).toBeGreaterThan(0);
  });

  test('names the programs that there are', () => {
    const { status, stderr } = runToEnd([
      join(ROOT, 'tools/bundle/bundle.mjs'),
      stage.path('bundled'),
      'control',
    ]);
    expect([status, stderr]).toEqual([2, 'control is no program that is bundled: client, server are\n']);
  });
});

test('a cache of another program is left out', () => {
  cpSync(join(DIST, 'bundled/server'), stage.path('dist/bundled/server'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), stage.path('node_modules'));
  cpSync(join(DIST, 'bundled/client/program.cache'), stage.path('dist/bundled/server/program.cache'));
  expect(runToEnd([stage.path('dist/bundled/server/main.js'), '--help'])).toMatchObject({
    status: 0,
    stderr: '',
  });
});
