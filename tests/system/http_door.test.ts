/** The HTTP door of a real server: settings, both doors on one lottery, stopping. */
import { writeFileSync } from 'node:fs';

import { expectStopInTime, httpPortOf, Stage } from '../support/programs';
import { RawClient } from '../support/raw_client';
import { agencyLine, batchOfText } from '../support/wire';

const HTTP = { HTTP_PORT: '0', HTTP_ADDRESS: '127.0.0.1', AGENCIES: '2' };
const TOKEN = 'an-agency-token-of-a-test';
/** What a server may take to stop, and the same on a machine that is busy with other tests. */

let stage = new Stage();
beforeEach(() => void (stage = new Stage()));
afterEach(() => stage.close());

/** Starts a server with an HTTP door. */
async function start(settings: Readonly<Record<string, string>> = {}) {
  const { server, port } = await stage.startServer({ ...HTTP, ...settings });
  return { server, port, url: `http://127.0.0.1:${await httpPortOf(server)}` };
}

const put = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body, headers: { 'content-type': 'text/csv', ...headers } });

test('a batch that came through one door is known at the other', async () => {
  const { port, url } = await start();
  const client = await RawClient.open(port);
  client.write(batchOfText(1, '1,1,Ana,Paz,31204458,1987-03-17,7574'));
  expect(await client.readReply()).toMatch(/^ACK,/);
  const batch = `${url}/agencies/1/batches/1`;
  expect((await put(batch, '1,Ana,Paz,31204458,1987-03-17,7574\n')).status).toBe(200);
  expect((await put(batch, '1,Eva,Paz,31204458,1987-03-17,7574\n')).status).toBe(409);
  expect((await put(`${url}/agencies/2/batches/1`, '1,Eva,Sol,28111222,1979-11-02,1\n')).status).toBe(201);
  client.write(agencyLine('FIN', 1));
  const winners = fetch(`${url}/agencies/1/winners?wait=60`);
  expect((await fetch(`${url}/agencies/2/finish`, { method: 'PUT' })).status).toBe(200);
  expect(await (await winners).json()).toEqual({ agency: 1, winners: ['31204458'] });
  expect(await client.readReply()).toBe('WIN,0000000831204458');
  client.close();
});

test('tokens keep agencies apart', async () => {
  const file = stage.path('tokens.ini');
  writeFileSync(file, `1 = ${TOKEN}\n`);
  const { url } = await start({ HTTP_TOKENS_FILE: file });
  const bet = '1,Ana,Paz,31204458,1987-03-17,7574\n';
  const mine = { authorization: `Bearer ${TOKEN}` };
  const statuses = [
    await put(`${url}/agencies/1/batches/1`, bet),
    await put(`${url}/agencies/2/batches/1`, bet, mine),
    await put(`${url}/agencies/1/batches/1`, bet, mine),
  ].map(({ status }) => status);
  expect(statuses).toEqual([401, 403, 201]);
});

test.each([
  ['a port that is no number', { HTTP_PORT: 'eighty' }, 2, /HTTP_PORT.*a whole number from 0 to 65535/],
  ['an address that is not ours', { HTTP_ADDRESS: '192.0.2.1' }, 2, /HTTP_ADDRESS.*192\.0\.2\.1/],
  ['a file of tokens that is not there', { HTTP_TOKENS_FILE: '/no/such/file' }, 2, /\/no\/such\/file/],
])('%s ends the server with one line', async (_, settings, exitCode, message) => {
  const server = stage.run('server/main.js', {
    SERVER_PORT: '0',
    DATA_DIR: stage.path('ledger'),
    ...HTTP,
    ...settings,
  });
  expect(await server.exit).toBe(exitCode);
  expect(server.errors).toMatch(/^[^\n]+\n$/);
  expect(server.errors).toMatch(message);
});

test('without HTTP_PORT there is no such door', async () => {
  const { server } = await stage.startServer();
  expect(server.output).not.toContain('accept_http');
});

test('SIGTERM is answered in time while a page is open and somebody waits for winners', async () => {
  const { server, url } = await start();
  const feed = await fetch(`${url}/events`);
  expect(feed.status).toBe(200);
  const waiting = fetch(`${url}/agencies/1/winners?wait=300`).then(
    ({ status }) => status,
    () => 'dropped',
  );
  // It is on its way before the answer to a later one has come.
  await fetch(`${url}/healthz`);
  await expectStopInTime(server);
  expect(await server.exit).toBe(0);
  expect([503, 'dropped']).toContain(await waiting);
  await feed.body?.cancel().catch(() => undefined);
});
