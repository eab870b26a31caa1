/** Servers over one database that give receipts: one log, whichever server an agency, an auditor or a number reaches. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { cosignerKey } from '../../transparency/notes/cosignature';
import { ROOT } from '../support/built';
import { inPostgres, inRedis, LotteryDatabase } from '../support/database_result';
import { freePort } from '../support/free_port';
import { TOKENS } from '../support/given_number';
import { LogKey, makeLogKey } from '../support/log_key';
import { describeWithPostgres, PostgresServer } from '../support/postgres';
import { httpPortOf, Program, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { describeWithRedis, RedisServer } from '../support/redis';
import { agencyLine, batch, batchLine, bet } from '../support/wire';

const TIMEOUT_MS = 120_000;
/** More leaves than a tile has, with those of the other agency. */
const BATCHES = 150;
/** Exit code of the verifier where all is true and no clock but the server's was asked. */
const NO_CLOCK = 3;

type Settings = Readonly<Record<string, string>>;

/** A server that gives receipts. */
interface LogServer {
  readonly server: Program;
  readonly port: number;
  readonly httpPort: number;
}

describeWithPostgres('over one PostgreSQL', () => {
  let postgres: PostgresServer;
  beforeAll(async () => void (postgres = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => postgres.remove());

  describeOneLog(async () => inPostgres(await TestDatabase.create(postgres)));
});

describeWithRedis('over one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await RedisServer.start()), TIMEOUT_MS);
  afterAll(() => redis.remove());

  describeOneLog(() => Promise.resolve(inRedis(new TestRedis(redis))));
});

function describeOneLog(create: () => Promise<LotteryDatabase>): void {
  jest.setTimeout(TIMEOUT_MS);
  let database: LotteryDatabase;
  let stage: Stage;
  let key: LogKey;
  beforeEach(async () => {
    stage = new Stage();
    key = makeLogKey(stage.path('key'));
    database = await create();
  });
  afterEach(() => stage.close());

  const settingsOf = (name: string, settings: Settings = {}): Settings => ({
    AGENCIES: '2',
    HTTP_PORT: '0',
    DATA_DIR: stage.path(name),
    ...database.settings,
    ...key.environment,
    ...settings,
  });

  async function start(name: string, settings: Settings = {}): Promise<LogServer> {
    const { server, port } = await stage.startServer(settingsOf(name, settings));
    return { server, port, httpPort: await httpPortOf(server) };
  }

  /** @returns its exit code and its line */
  async function refusal(name: string, settings: Settings): Promise<[unknown, string]> {
    const server = stage.run('server/main.js', { SERVER_PORT: '0', ...settingsOf(name, settings) });
    const exit = await server.exit;
    expect(server.errors.split('\n')).toHaveLength(2);
    return [exit, server.errors];
  }

  async function kill({ server }: LogServer): Promise<void> {
    server.signal('SIGKILL');
    await server.exit;
  }

  /** Takes what a server publishes and has it verified. */
  async function verify({ httpPort }: LogServer, policyFile: string): Promise<[unknown, string]> {
    const response = await fetch(`http://127.0.0.1:${httpPort}/draw/bundle`);
    const bundle = stage.path(`bundle-${httpPort}`);
    mkdirSync(bundle, { recursive: true });
    execFileSync('tar', ['-xf', '-', '-C', bundle], { input: Buffer.from(await response.arrayBuffer()) });
    const words = [join(ROOT, 'verifier/verify.mjs'), '--policy', policyFile, '--bundle', bundle];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return [status, `${stdout}${stderr}`];
  }

  test('build one log: the same checkpoint, receipts at each of what came to any, and each is verified', async () => {
    const servers = [await start('one'), await start('other')];
    for (const [index, { port }] of servers.entries()) await sell(port, index + 1, 1, BATCHES);
    // The first one gives receipts of what the second has stored, and the other way round.
    for (const [index, { port }] of servers.entries()) await receiptOf(port, 2 - index, BATCHES);
    await finishAll(servers);
    const checkpoint = await checkpointOf(servers[0]!, 2 * BATCHES + 5);
    servers.push(await start('late'));
    for (const server of servers) {
      expect(await checkpointOf(server, 2 * BATCHES + 5)).toBe(checkpoint);
      const [exit, output] = await verify(server, key.policyFile);
      expect([exit, output]).toEqual([NO_CLOCK, expect.stringContaining('no outside clock')]);
    }
  });

  test('go on with it when one is killed, and when all are', async () => {
    const one = await start('one');
    const other = await start('other');
    await sell(one.port, 1, 1, 20);
    await sell(other.port, 2, 1, 20);
    await receiptOf(one.port, 1, 20);
    await kill(one);
    await sell(other.port, 1, 21, 40);
    await receiptOf(other.port, 1, 40);
    await kill(other);
    const servers = [await start('one'), await start('other')];
    await receiptOf(servers[0]!.port, 1, 40);
    await finishAll(servers);
    const [first, second] = [await checkpointOf(servers[0]!, 65), await checkpointOf(servers[1]!, 65)];
    expect(first).toBe(second);
  });

  test('take a number that is entered, one half at each', async () => {
    const tokens = stage.path('tokens.ini');
    const lines = `operator = ${TOKENS.operator}\nauditor = ${TOKENS.auditor}\n1 = ${TOKENS.agency}\n`;
    writeFileSync(tokens, lines, { mode: 0o600 });
    const settings = { DRAW_NUMBER: 'entered', HTTP_TOKENS_FILE: tokens };
    const servers = [await start('one', settings), await start('other', settings)];
    await sell(servers[0]!.port, 1, 1, 1);
    const ended = finishAll(servers);
    for (const { server } of servers) await server.untilOutput(/waits_for: number/);
    expect(await enter(servers[0]!, TOKENS.operator)).toBe('awaits-other');
    expect(await enter(servers[1]!, TOKENS.auditor)).toBe('known');
    await ended;
    for (const server of servers) {
      await checkpointOf(server, 6);
      const [exit, output] = await verify(server, key.policyFile);
      expect([exit, output]).toEqual([NO_CLOCK, expect.stringContaining('no outside clock')]);
    }
  });

  test('have the seal cosigned by one control, and a server that comes later shows its signature too', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const witness = cosignerKey('control.example/test', publicKey);
    const keyFile = stage.path('control.pem');
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(key.policyFile, `log ${key.verifierKey}\nwitness control ${witness}\nquorum control\n`);
    const port = String(await freePort());
    const settings = { CONTROL_URL: `http://127.0.0.1:${port}`, CONTROL_VERIFIER_KEY: witness };
    const servers = [await start('one', settings), await start('other', settings)];
    stage.run('control/main.js', {
      CONTROL_SERVER_URL: `http://127.0.0.1:${servers[0]!.httpPort}`,
      CONTROL_LOG: key.verifierKey,
      CONTROL_NAME: 'control.example/test',
      CONTROL_KEY: keyFile,
      CONTROL_PORT: port,
      CONTROL_DATA_DIR: stage.path('control'),
    });
    for (const [index, each] of servers.entries()) await sell(each.port, index + 1, 1, 3);
    await finishAll(servers);
    servers.push(await start('late', settings));
    for (const server of servers) {
      const [exit, output] = await verify(server, key.policyFile);
      expect([exit, output]).toEqual([0, expect.stringContaining('VERIFIED')]);
    }
  });

  test('refuse what would be another log, or none', async () => {
    const { port } = await start('one');
    await sell(port, 1, 1, 1);
    const off = { RECEIPTS: 'off', RECEIPTS_ORIGIN: '', RECEIPTS_KEY: '', RECEIPTS_POLICY: '' };
    expect(await refusal('other', off)).toEqual([2, expect.stringContaining('were promised receipts')]);
    expect(await refusal('other', makeLogKey(stage.path('key-2')).environment)).toEqual([
      2,
      expect.stringContaining('RECEIPTS_KEY: the log of this database was begun with another key'),
    ]);
    expect(await refusal('other', { RECEIPTS_ORIGIN: 'lottery.example/x', RECEIPTS_POLICY: '' })).toEqual([
      2,
      expect.stringContaining('allowed is lottery.example/2026-12-22'),
    ]);
    expect(existsSync(stage.path(join('other', 'log', 'checkpoint')))).toBe(false);
    expect(await refusal('one', {})).toEqual([1, expect.stringContaining('another server uses the log in')]);
  });

  test('refuse to begin one where bets were sold without', async () => {
    const off = { RECEIPTS: 'off', RECEIPTS_ORIGIN: '', RECEIPTS_KEY: '', RECEIPTS_POLICY: '' };
    await start('one', off);
    expect(await refusal('other', {})).toEqual([2, expect.stringContaining('was begun without receipts')]);
  });
}

async function sell(port: number, agency: number, from: number, to: number): Promise<void> {
  const client = await RawClient.open(port);
  for (let id = from; id <= to; id++) client.write(batch(id, [bet(agency, id)]));
  for (let id = from; id <= to; id++) expect(await client.readReply()).toMatch(/^ACK,/);
  client.close();
}

/** Asks until it is there. */
async function receiptOf(port: number, agency: number, batchId: number): Promise<void> {
  const client = await RawClient.open(port);
  for (let reply = ''; reply.length <= 12; reply = await client.readReply()) {
    client.write(batchLine('RCP', agency, batchId));
  }
  client.close();
}

/** An agency finishes at each server, and both get their winners. */
async function finishAll(servers: readonly LogServer[]): Promise<void> {
  const clients = await Promise.all(servers.map(({ port }) => RawClient.open(port)));
  for (const [index, client] of clients.entries()) client.write(agencyLine('FIN', index + 1));
  for (const client of clients) {
    expect(await client.readReply()).toMatch(/^WIN,/);
    client.close();
  }
}

/** What a server publishes, once it has so many leaves. */
async function checkpointOf({ httpPort }: LogServer, leaves: number): Promise<string> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${httpPort}/checkpoint`)).text();
    if (text.split('\n')[1] === String(leaves)) return text;
  }
}

async function enter({ httpPort }: LogServer, token: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/draw/number`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"number": 12}',
  });
  return ((await response.json()) as { outcome: string }).outcome;
}
