/** The memcached door of a real server: many clients at once, a kill, the settings, the audit log. */
import { writeFileSync } from 'node:fs';

import { Random } from '../../tools/random';
import { expectStopInTime, memcachedPortOf, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';

const CLIENTS = 1_000;
const MAX_KEY_BYTES = 30;
const MAX_VALUE_BYTES = 1_000;
const OPENING_AT_ONCE = 100;
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);

let stage = new Stage();
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

async function start(settings: Readonly<Record<string, string>> = {}) {
  const { server } = await stage.startServer({ MEMCACHED_PORT: '0', ...settings });
  return { server, port: await memcachedPortOf(server) };
}

/** Sends a command on a connection of its own, and waits for as much as is expected. */
async function ask(port: number, command: string, reply: string): Promise<void> {
  const client = await RawClient.open(port);
  client.write(command);
  expect(await client.read(reply.length)).toBe(reply);
  client.close();
}

test(`seed ${SEED}: ${CLIENTS} clients at once read what they have written`, async () => {
  const { server, port } = await start();
  const clients: RawClient[] = [];
  while (clients.length < CLIENTS) {
    clients.push(...(await Promise.all(Array.from({ length: OPENING_AT_ONCE }, () => RawClient.open(port)))));
  }
  const random = new Random(SEED);
  const agreed = await Promise.all(
    clients.map(async (client, index) => {
      const key = `${index}-${textOf(random, MAX_KEY_BYTES - 5)}`.slice(0, MAX_KEY_BYTES);
      const value = textOf(random, MAX_VALUE_BYTES);
      client.write(`set ${key} ${index} 0 ${value.length}\r\n${value}\r\n`);
      expect(await client.read('STORED\r\n'.length)).toBe('STORED\r\n');
      client.write(`get ${key}\r\n`);
      const reply = `VALUE ${key} ${index} ${value.length}\r\n${value}\r\nEND\r\n`;
      return (await client.read(reply.length)) === reply;
    }),
  );
  expect(agreed.filter((isSame) => isSame)).toHaveLength(CLIENTS);
  for (const client of clients) client.close();
  await expectStopInTime(server, 'SIGTERM');
});

test('what was stored is there after a kill, with its line in the audit log', async () => {
  const folder = stage.path('ledger');
  const first = await start({ DATA_DIR: folder });
  await ask(first.port, 'set a 0 0 1\nx\n', 'STORED\r\n');
  first.server.signal('SIGKILL');
  await first.server.exit;
  const second = await start({ DATA_DIR: folder });
  await ask(second.port, 'get a\n', 'VALUE a 0 1\r\nx\r\nEND\r\n');
  const audit = stage.run('tools/audit/main.js', { DATA_DIR: folder });
  expect(await audit.exit).toBe(0);
  expect(audit.output).toBe('PUT,/notes/a,201,0\nGET,/notes/a,200,0\n');
  const verify = stage.run('tools/audit/main.js', { DATA_DIR: folder }, ['--verify']);
  expect(await verify.exit).toBe(0);
  expect(verify.output).toContain('; 1 note\n');
});

test('a client that reads its reply to the end may close its sending side first', async () => {
  const { port } = await start();
  const client = await RawClient.open(port);
  client.write('set a 0 0 1\r\nx\r\nget a\r\n');
  client.endWriting();
  expect(await client.readToEnd()).toBe('STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n');
});

test('tokens are those of HTTP', async () => {
  const file = stage.path('tokens.ini');
  writeFileSync(file, '1 = an-agency-token-of-a-test\n', { mode: 0o600 });
  const { port } = await start({ HTTP_TOKENS_FILE: file, MEMCACHED_ADDRESS: '0.0.0.0' });
  await ask(port, 'get a\r\n', 'CLIENT_ERROR unauthenticated\r\n');
  const login = 'set auth 0 0 27\r\n1 an-agency-token-of-a-test\r\n';
  await ask(port, `${login}get a\r\n`, 'STORED\r\nEND\r\n');
});

test('an address that others reach needs tokens', async () => {
  const server = stage.run('server/main.js', { MEMCACHED_PORT: '0', MEMCACHED_ADDRESS: '0.0.0.0' });
  expect(await server.exit).toBe(2);
  expect(server.errors).toMatch(
    /^environment: MEMCACHED_ADDRESS: "0\.0\.0\.0" is reached by others; allowed is a loopback address, or any with HTTP_TOKENS_FILE, or with TLS and SERVER_TLS_CLIENT_CA\n$/,
  );
});

function textOf(random: Random, maxLength: number): string {
  const length = 1 + random.below(maxLength);
  return Array.from({ length }, () => String.fromCharCode(97 + random.below(26))).join('');
}
