/** What can be known of the settings at the start is told at the start, in one line that names key and place. */
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';

import { httpPortOf, Program, Stage } from '../support/programs';

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

const SERVER = 'server/main.js';
/** An address of documentation (RFC 5737), which no machine has. */
const ELSEWHERE = '192.0.2.1';

function start(environment: Readonly<Record<string, string>>, words: readonly string[] = []): Program {
  return stage.run(SERVER, { SERVER_PORT: '0', DATA_DIR: stage.path('ledger'), ...environment }, words);
}

function tokensFile(mode = 0o600): string {
  const file = stage.path('tokens.ini');
  writeFileSync(file, '1 = token-of-agency-one\n');
  chmodSync(file, mode);
  return file;
}

describe('is wrong, and makes nothing', () => {
  test.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
    [
      'a payload that no bet fits into',
      () => ({ MAX_PAYLOAD_BYTES: '1' }),
      /^environment: MAX_PAYLOAD_BYTES: "1" is wrong; allowed is a whole number from 1024 to 99999999\n$/,
    ],
    [
      'tokens without an HTTP door',
      () => ({ HTTP_TOKENS_FILE: tokensFile() }),
      /^environment: HTTP_TOKENS_FILE: is of no use without HTTP_PORT or MEMCACHED_PORT: set one of them, or none of the three\n$/,
    ],
    [
      'two doors on one port',
      () => ({ SERVER_PORT: '45123', HTTP_PORT: '45123' }),
      /^environment: HTTP_PORT: 45123 is SERVER_PORT too; allowed is another port\n$/,
    ],
    [
      'an address of another machine',
      () => ({ SERVER_LISTEN_ADDRESS: ELSEWHERE }),
      /^environment: SERVER_LISTEN_ADDRESS: "192\.0\.2\.1" is wrong; allowed is an address of this machine \(.*EADDRNOTAVAIL.*\)\n$/,
    ],
    [
      'an address of another machine for HTTP',
      () => ({ HTTP_PORT: '0', HTTP_ADDRESS: ELSEWHERE }),
      /^environment: HTTP_ADDRESS: "192\.0\.2\.1" is wrong; allowed is an address of this machine /,
    ],
    [
      'a file of tokens that is not there',
      () => ({ HTTP_PORT: '0', HTTP_TOKENS_FILE: 'nowhere.ini' }),
      /^environment: HTTP_TOKENS_FILE: nowhere\.ini: cannot be read: .*ENOENT.*\n$/,
    ],
    [
      'a file of tokens that everybody may write',
      () => ({ HTTP_PORT: '0', HTTP_TOKENS_FILE: tokensFile(0o666) }),
      /^environment: HTTP_TOKENS_FILE: \S+tokens\.ini: everybody may write it/,
    ],
    [
      'a password with a / in the URL',
      () => ({ LEDGER: 'postgres', DATABASE_URL: 'postgresql://u:ge/heim@127.0.0.1/db' }),
      /^environment: DATABASE_URL: no postgresql:\S+; in a user or password write .* \/ as %2F, .* # as %23, .*\n$/,
    ],
  ])('%s', async (_, environment, line) => {
    const server = start(environment());
    expect(await server.exit).toBe(2);
    expect(server.errors).toMatch(line);
    expect(server.errors.split('\n')).toHaveLength(2);
    expect(server.output + server.errors).not.toMatch(/heim/);
    expect(existsSync(stage.path('ledger'))).toBe(false);
  });

  test('a file in place of the folder, and in the way to it', async () => {
    const file = stage.path('file');
    writeFileSync(file, '');
    const settings = stage.path('config.ini');
    writeFileSync(settings, `[DEFAULT]\nDATA_DIR = ${file}\n`);
    const inFile = stage.run(SERVER, { SERVER_PORT: '0' }, [settings]);
    expect(await inFile.exit).toBe(2);
    expect(inFile.errors).toBe(
      `${settings}: DATA_DIR: "${file}" is wrong: it is a file; allowed is a folder\n`,
    );
    const below = start({ DATA_DIR: `${file}/a/b` });
    expect(await below.exit).toBe(2);
    expect(below.errors).toBe(
      `environment: DATA_DIR: "${file}/a/b" is wrong: ${file} is a file; allowed is a folder\n`,
    );
  });

  (existsSync('/proc/self') ? test : test.skip)(
    'a folder that cannot be made ends the server at once',
    async () => {
      const server = start({ DATA_DIR: '/proc/x' });
      expect(await server.exit).toBe(1);
      expect(server.errors).toMatch(/^\/proc\/x: cannot be used for the ledger \(DATA_DIR\): .*ENOENT.*\n$/);
    },
  );
});

test('what may have been meant otherwise is a warning, without the value', async () => {
  const { server } = await stage.startServer({
    HTTP_TOKEN_FILE: 'geheim',
    AGENCES: '3',
    SOMETHING: 'else',
    HTTP_ADDRESS: '127.0.0.1',
    DRAW_DEADLINE_ACTION: 'draw',
    DATABASE_URL: 'postgresql://u:geheim@h/db',
  });
  for (const details of [
    'unknown_variable: HTTP_TOKEN_FILE | meant: HTTP_TOKENS_FILE',
    'unknown_variable: AGENCES | meant: AGENCIES',
    'without_effect: HTTP_ADDRESS | reason: HTTP_PORT is not set',
    'without_effect: DRAW_DEADLINE_ACTION | reason: DRAW_DEADLINE is not set',
    'without_effect: DATABASE_URL | reason: LEDGER is sqlite, not postgres',
  ]) {
    expect(server.output).toContain(`WARNING  action: config | result: success | ${details}\n`);
  }
  expect(server.output).not.toMatch(/SOMETHING|geheim/);
});

test.each([
  ['postgres', { DATABASE_URL: 'postgresql://u:geheim@0.0.0.0:9/db?sslmode=disable' }],
  ['redis', { REDIS_URL: 'redis://u:geheim@0.0.0.0:9/0' }],
])('a database of another machine that is not encrypted is a warning: %s', async (ledger, url) => {
  const server = stage.run('server/main.js', { SERVER_PORT: '0', LEDGER: ledger, ...url });
  await server.untilOutput(/waiting_for: the database/);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  const warning =
    /WARNING {2}action: open_ledger \| result: in_progress \| plain_database: 0\.0\.0\.0 \| reason: whoever can read /g;
  expect(server.output.match(warning)).toHaveLength(1);
  expect(server.output + server.errors).not.toMatch(/geheim/);
});

test('an agency names variables that begin with CLI_ and mean nothing', async () => {
  const { port } = await stage.startServer();
  const agency = stage.startAgency(1, port, { CLI_BATCH_MAXAMMOUNT: '5', CLI_COLOUR: 'x' });
  await agency.untilOutput(/unknown_variable: CLI_BATCH_MAXAMMOUNT \| meant: CLI_BATCH_MAXAMOUNT\n/);
  await agency.untilOutput(/unknown_variable: CLI_COLOUR\n/);
});

test('a usual server warns of nothing', async () => {
  const { server } = await stage.startServer({ HOME: '/root', LANG: 'C.UTF-8', HTTPS_PROXY: 'http://p:1' });
  expect(server.output).not.toMatch(/WARNING/);
});

test('a file of tokens that others may read is a warning', async () => {
  const { server } = await stage.startServer({ HTTP_PORT: '0', HTTP_TOKENS_FILE: tokensFile(0o644) });
  await httpPortOf(server);
  expect(server.output).toMatch(
    /WARNING +action: config \| result: success \| http_tokens_file: \S+: others than its owner may read it/,
  );
});

test('what a server makes is for its owner alone, and an older ledger that others may read is told', async () => {
  const first = (await stage.startServer()).server;
  const folder = stage.path('ledger');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const modes = readdirSync(folder).map((name) => [
    name,
    (statSync(`${folder}/${name}`).mode & 0o777).toString(8),
  ]);
  expect(Object.fromEntries(modes)).toEqual({
    'lottery.db': '600',
    'lottery.db-shm': '600',
    'lottery.db-wal': '600',
    'lottery.lock': '600',
    'lottery.lock-journal': '600',
  });
  expect(first.output).not.toMatch(/by_everybody/);
  first.signal('SIGTERM');
  await first.exit;
  chmodSync(folder, 0o755);
  chmodSync(`${folder}/lottery.db`, 0o644);
  const { server } = await stage.startServer();
  expect(server.output).toMatch(
    /WARNING +action: open_ledger \| result: success \| readable_by_everybody: \S+lottery\.db \|/,
  );
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test('a folder that everybody may write is told', async () => {
  mkdirSync(stage.path('ledger'));
  chmodSync(stage.path('ledger'), 0o777);
  const { server } = await stage.startServer();
  expect(server.output).toMatch(/WARNING +action: open_ledger \| result: success \| writable_by_everybody: /);
});
