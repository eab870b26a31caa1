/** Tokens that change while a real server runs: on SIGHUP, and when their file changes. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { digestOf } from '../../server/doors/identity/tokens';
import { httpPortOf, memcachedPortOf, Program, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';

const ONE = 'a-token-of-agency-one-of-a-test';
const NEW_ONE = 'a-new-token-of-agency-one-of-a-test';
const OPERATOR = 'an-operator-token-of-a-test';
const AUDITOR = 'an-auditor-token-of-a-test';
const BET = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const STORED = 'STORED\r\n';
const UNAUTHENTICATED = 'CLIENT_ERROR unauthenticated\r\n';

let stage = new Stage();
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

type Held = Readonly<Record<string, string>>;
const EVERYBODY: Held = { operator: OPERATOR, auditor: AUDITOR, 1: ONE };
const WITHOUT_ONE: Held = { operator: OPERATOR, auditor: AUDITOR };

/** The file, whole at once, as `npm run tokens` writes it. */
function writeTokens(held: Held): string {
  const file = stage.path('tokens.ini');
  const lines = Object.entries(held).map(([holder, token]) => `${holder} = sha256:${digestOf(token)}\n`);
  writeFileSync(`${file}.new`, lines.join(''), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return file;
}

/** A server with these tokens, and what is asked of it. */
class Running {
  /** How much of the log was awaited. */
  #readTo = 0;

  static async start(): Promise<Running> {
    const settings = {
      HTTP_PORT: '0',
      MEMCACHED_PORT: '0',
      HTTP_TOKENS_FILE: writeTokens(EVERYBODY),
      AGENCIES: '2',
    };
    const { server } = await stage.startServer(settings);
    return new Running(server, await httpPortOf(server), await memcachedPortOf(server));
  }

  private constructor(
    readonly server: Program,
    readonly httpPort: number,
    readonly memcachedPort: number,
  ) {}

  /** Waits for the next line about a reload; what it says behind `action: reload`. */
  async reloaded(): Promise<string> {
    const [line, said] = await this.server.untilFound((output) => {
      const found = /action: reload \| (.*)\n/.exec(output.slice(this.#readTo));
      if (found === null) return undefined;
      this.#readTo += found.index + found[0].length;
      return [found[0], found[1] ?? ''] as const;
    }, 'a reload');
    expect(line).not.toMatch(/-token-of-/);
    return said;
  }

  /** Changes the tokens, and has them read at once. */
  async change(held: Held): Promise<void> {
    writeTokens(held);
    this.server.signal('SIGHUP');
    expect(await this.reloaded()).toBe(`result: success | tokens: ${Object.keys(held).length}`);
  }

  ask(method: string, path: string, token: string, body?: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
      ...(body !== undefined && { body }),
    });
  }

  async statusOf(method: string, path: string, token: string, body?: string): Promise<number> {
    return (await this.ask(method, path, token, body)).status;
  }

  /** Sends the head of a request with agency 1's token, and waits until the server has begun with it. */
  async begin(request: string, bodyBytes = 0): Promise<RawClient> {
    const client = await RawClient.open(this.httpPort);
    client.write(
      `${request} HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: ${bodyBytes}\r\nConnection: close\r\n` +
        `Authorization: Bearer ${ONE}\r\n\r\n`,
    );
    await this.ask('GET', '/healthz', '');
    return client;
  }

  /** A connection to memcached that has said who it is. */
  async login(user: string, token: string): Promise<RawClient> {
    const client = await RawClient.open(this.memcachedPort);
    const value = `${user} ${token}`;
    client.write(`set auth 0 0 ${value.length}\r\n${value}\r\n`);
    expect(await client.read(STORED.length)).toBe(STORED);
    return client;
  }
}

test('a token that ends is good for nothing that is under way', async () => {
  const running = await Running.start();
  const waiting = await running.begin('GET /agencies/1/winners?wait=300');
  const sending = await running.begin('PUT /agencies/1/batches/1', BET.length);
  sending.write(BET.slice(0, 10));
  const known = await running.login('1', ONE);
  await running.change(WITHOUT_ONE);
  expect(await waiting.readToEnd()).toMatch(/^HTTP\/1\.1 401 [^]*"code":"unauthorized"/);
  sending.write(BET.slice(10));
  expect(await sending.readToEnd()).toMatch(/^HTTP\/1\.1 401 [^]*"code":"unauthorized"/);
  known.write(`set a 0 0 1\r\nx\r\nget a\r\n`);
  expect(await known.readToEnd()).toBe(UNAUTHENTICATED);
  expect(await running.statusOf('GET', '/agencies/1/batches/1', OPERATOR)).toBe(404);
  expect(await running.statusOf('GET', '/agencies/1/notes/a', OPERATOR)).toBe(404);
});

test('a changed file is read without a signal, and the new tokens are good', async () => {
  const running = await Running.start();
  expect(await running.statusOf('PUT', '/agencies/1/batches/1', NEW_ONE, BET)).toBe(401);
  writeTokens({ ...EVERYBODY, 1: NEW_ONE });
  expect(await running.reloaded()).toBe('result: success | tokens: 3');
  expect(await running.statusOf('PUT', '/agencies/1/batches/1', ONE, BET)).toBe(401);
  expect(await running.statusOf('PUT', '/agencies/1/batches/1', NEW_ONE, BET)).toBe(201);
  const client = await running.login('1', NEW_ONE);
  client.write('get a\r\n');
  expect(await client.read('END\r\n'.length)).toBe('END\r\n');
});

test('what npm run tokens changes is good at once', async () => {
  const running = await Running.start();
  const words = ['--renew', '1', '--keep-old', '--out', stage.path('tokens.ini')];
  const tokens = stage.run('tools/tokens/main.js', {}, words);
  expect(await tokens.exit).toBe(0);
  running.server.signal('SIGHUP');
  expect(await running.reloaded()).toBe('result: success | tokens: 4');
  const [, token = ''] = /^1 = (\S+)$/m.exec(tokens.output) ?? [];
  for (const each of [ONE, token])
    expect(await running.statusOf('PUT', '/agencies/1/notes/a', each, 'x')).toBeLessThan(300);
});

test('a file that is wrong or gone changes nothing, and is told once', async () => {
  const running = await Running.start();
  const file = stage.path('tokens.ini');
  const works = async (): Promise<void> => {
    expect(await running.statusOf('PUT', '/agencies/1/notes/a', ONE, 'x')).toBeLessThan(300);
    expect(await running.statusOf('PUT', '/agencies/1/notes/a', NEW_ONE, 'x')).toBe(401);
  };
  writeFileSync(file, `1 = sha256:${digestOf(NEW_ONE)}\n2 = ${NEW_ONE}!\n`);
  expect(await running.reloaded()).toMatch(
    /^result: fail \| reason: \S+tokens\.ini: 2: the token is wrong; .*; what was good before stays so$/,
  );
  await works();
  rmSync(file);
  expect(await running.reloaded()).toMatch(/^result: fail \| reason: \S+tokens\.ini: cannot be read: ENOENT/);
  await works();
  await running.change({ ...EVERYBODY, 1: NEW_ONE });
  expect(await running.statusOf('PUT', '/agencies/1/notes/a', NEW_ONE, 'x')).toBeLessThan(300);
  expect(running.server.output.match(/action: reload/g)).toHaveLength(3);
});

test('the auditor reads what is everybody’s, and writes nothing', async () => {
  const running = await Running.start();
  expect(await running.statusOf('PUT', '/agencies/1/batches/1', ONE, BET)).toBe(201);
  expect(await running.statusOf('PUT', '/agencies/1/notes/a', ONE, 'x')).toBe(201);
  for (const [method, path] of [
    ['PUT', '/agencies/1/batches/2'],
    ['PUT', '/agencies/1/finish'],
    ['PUT', '/agencies/1/notes/a'],
    ['DELETE', '/agencies/1/notes/a'],
    ['PUT', '/notes/a'],
    ['POST', '/notes/a/increment'],
  ] as const) {
    const answer = await running.ask(method, path, AUDITOR, BET);
    expect([method, path, answer.status]).toEqual([method, path, 403]);
    expect(await answer.json()).toMatchObject({ code: 'forbidden' });
  }
  const memcached = await running.login('auditor', AUDITOR);
  const forbidden = 'CLIENT_ERROR forbidden: the auditor reads, and writes nothing\r\n';
  for (const command of [
    `set /agencies/1/batches/2 0 0 ${BET.length}\r\n${BET}\r\n`,
    'set /agencies/1/finish 0 0 0\r\n\r\n',
    'set a 0 0 1\r\nx\r\n',
    'delete /agencies/1/notes/a\r\n',
    'flush_all\r\n',
  ]) {
    memcached.write(command);
    expect(await memcached.read(forbidden.length)).toBe(forbidden);
  }
  for (const agency of [1, 2]) {
    expect(await running.statusOf('PUT', `/agencies/${agency}/finish`, OPERATOR)).toBe(200);
  }
  const batch = await running.ask('GET', '/agencies/1/batches/1', AUDITOR);
  expect([batch.status, await batch.text()]).toEqual([200, expect.stringContaining('31204458')]);
  const winners = await running.ask('GET', '/agencies/1/winners?wait=60', AUDITOR);
  expect(await winners.json()).toEqual({ agency: 1, winners: ['31204458'] });
  memcached.write('get /agencies/1/notes/a\r\n');
  const note = 'VALUE /agencies/1/notes/a 0 1\r\nx\r\nEND\r\n';
  expect(await memcached.read(note.length)).toBe(note);
  memcached.write('get /agencies/1/winners\r\n');
  expect(await memcached.read(20)).toBe('VALUE /agencies/1/wi');
});

test('without tokens, SIGHUP ends the server as it ends any program', async () => {
  const { server } = await stage.startServer();
  server.signal('SIGHUP');
  expect(await server.exit).toBe('SIGHUP');
});
