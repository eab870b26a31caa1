/** Who is who over HTTPS, by a certificate, a token, or both. */
import { CurrentTokens } from '../../identity/current_tokens';
import { AUDITOR, OPERATOR, Party } from '../../identity/party';
import { tokensOf } from '../../identity/testing/tokens_of';
import { ClientTls, TestAuthority } from '../../tls/testing/test_authority';
import type { TlsCredentials } from '../../tls/tls_credentials';
import { CSV, CSV_LINE, closeDoors, OpenDoor } from '../testing/open_door';
import { connectTo, disconnectAll, over, statuses } from '../testing/raw_clients';
import { until } from '../testing/until';

const ONE = 'token-of-agency-one';
const TWO = 'token-of-agency-two';
const TOKENS = tokensOf([OPERATOR, 'token-of-the-operator'], [1, ONE], [2, TWO]);
const WRITES = [
  ['PUT', '/agencies/1/batches/1', 201],
  ['PUT', '/agencies/1/finish', 200],
  ['PUT', '/agencies/1/notes/a', 201],
  ['POST', '/agencies/1/notes/a/increment', 201],
  ['DELETE', '/agencies/1/notes/a', 404],
] as const;
const READS = [
  ['GET', '/agencies/1/batches/1', 404],
  ['GET', '/agencies/1/winners', 409],
  ['GET', '/agencies/1/notes/a', 404],
  ['GET', '/agencies/1/notes', 200],
] as const;
const OPEN = ['/agencies', '/agencies/1', '/draw', '/notes', '/openapi.json', '/', '/metrics', '/readyz'];

let bench: TestAuthority;
let credentials: TlsCredentials;
const clients = new Map<Party, ClientTls>();
beforeAll(async () => {
  bench = await TestAuthority.make();
  credentials = await bench.credentials();
  for (const party of [1, 2, OPERATOR, AUDITOR] as const) clients.set(party, await bench.client(party));
});
afterAll(() => bench.close());
afterEach(async () => {
  disconnectAll();
  await closeDoors();
});

/** A door without tokens that listens for all, unless it is told otherwise. */
const open = (tokens?: CurrentTokens, own = credentials): Promise<OpenDoor> =>
  OpenDoor.open({
    tls: { credentials: own, client: bench.nobody },
    settings: { address: '0.0.0.0', tokens: tokens ?? new CurrentTokens(undefined) },
    registersWatch: true,
  });

/** What is answered to a request of somebody. */
async function askAs(
  door: OpenDoor,
  tls: ClientTls | undefined,
  method: string,
  path: string,
  token?: string,
) {
  const body = method === 'PUT' ? CSV_LINE : '';
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { ...(method === 'PUT' && CSV), ...authorization, host: 'lottery.example' };
  const {
    status,
    text,
    headers: answered,
  } = await door.ask(method, path, {
    headers,
    body,
    tls: { ...bench.nobody, ...tls },
  });
  return { status, text, answered };
}

test.each([...WRITES, ...READS])("%s %s is the agency's and the operator's", async (method, path, passed) => {
  for (const party of [1, OPERATOR] as const) {
    const door = await open();
    expect((await askAs(door, clients.get(party), method, path)).status).toBe(passed);
  }
  const door = await open();
  const other = await askAs(door, clients.get(2), method, path);
  expect(other.status).toBe(403);
  expect(other.text).toContain("this certificate is another agency's");
  const nobody = await askAs(door, undefined, method, path);
  expect(nobody.status).toBe(401);
  expect(nobody.text).toContain('this needs a certificate of the lottery\'s CA"');
  expect(nobody.answered['www-authenticate']).toBe('Bearer');
  // Who holds a certificate is known, and nobody is not.
  const line = `${method === 'POST' ? 'PUT' : method},${path.replace('/increment', '')},403,0`;
  expect(door.lines).toEqual([line]);
});

test.each(READS)('%s %s is open to the auditor', async (method, path, passed) => {
  expect((await askAs(await open(), clients.get(AUDITOR), method, path)).status).toBe(passed);
});

test('the auditor writes nothing, and an agency nothing of the lottery', async () => {
  const door = await open();
  for (const [method, path] of WRITES) {
    expect((await askAs(door, clients.get(AUDITOR), method, path)).text).toContain('writes nothing');
  }
  expect((await askAs(door, clients.get(1), 'PUT', '/notes/a')).text).toContain(
    "this needs the operator's certificate",
  );
  expect((await askAs(door, clients.get(OPERATOR), 'PUT', '/notes/a')).status).toBe(201);
});

test.each(OPEN)('%s needs no certificate, wherever it is asked from', async (path) => {
  const door = await open();
  for (const tls of [undefined, clients.get(2)]) {
    expect((await askAs(door, tls, 'GET', path)).status).toBe(path === '/readyz' ? 503 : 200);
  }
});

test('on a loopback address, certificates are needed as well', async () => {
  const door = await OpenDoor.open({ tls: { credentials, client: bench.nobody } });
  expect((await askAs(door, undefined, 'PUT', '/agencies/1/batches/1')).status).toBe(401);
  expect((await askAs(door, clients.get(1), 'PUT', '/agencies/1/batches/1')).status).toBe(201);
});

test('without a CA of clients nobody is asked for a certificate, and one says nothing', async () => {
  const door = await open(undefined, await bench.credentials(false));
  expect((await askAs(door, clients.get(1), 'PUT', '/agencies/1/batches/1')).status).toBe(403);
});

describe('a certificate that is not believed is none, and the answer says why', () => {
  test.each([
    ['expired', { days: -1 }, 'the certificate has expired; this needs'],
    ['not valid yet', { from: 1 }, 'the certificate is not valid yet'],
    ["a server's", { purpose: 'server' }, 'the certificate is not one for clients'],
    ['that names nobody', { uri: 'lottery:agency-4' }, 'the certificate names no party of this lottery'],
  ] as const)('one that is %s', async (_, wish, reason) => {
    const door = await open(new CurrentTokens(TOKENS));
    const client = await bench.client(1, wish);
    const { status, text } = await askAs(door, client, 'GET', '/agencies/1/notes');
    expect(status).toBe(401);
    expect(text).toContain(reason);
    expect(text).toContain("this needs a certificate of the lottery's CA, or Authorization: Bearer TOKEN");
    expect((await askAs(door, client, 'GET', '/draw')).status).toBe(200);
    // Beside it, a token counts.
    expect((await askAs(door, client, 'GET', '/agencies/1/notes', ONE)).status).toBe(200);
  });

  test('one of another CA', async () => {
    const stranger = await (await bench.strangers()).sign({ uri: 'lottery:agency-1' });
    const { status, text } = await askAs(await open(), bench.holding(stranger), 'GET', '/agencies/1/notes');
    expect(status).toBe(401);
    expect(text).toContain("the certificate is not one of the lottery's CA");
  });
});

test('a token and a certificate must be of the same party', async () => {
  const door = await open(new CurrentTokens(TOKENS));
  const ask = (party: Party, token: string) =>
    askAs(door, clients.get(party), 'GET', '/agencies/1/notes', token);
  expect((await ask(1, ONE)).status).toBe(200);
  for (const [party, token] of [
    [2, ONE],
    [1, TWO],
    [OPERATOR, ONE],
    [1, 'token-of-the-operator'],
  ] as const) {
    const { status, text } = await ask(party, token);
    expect(status).toBe(403);
    expect(text).toContain('the token and the certificate are of different parties');
  }
  expect((await ask(1, 'an-unknown-token-of-nobody')).status).toBe(401);
  expect((await askAs(door, undefined, 'GET', '/agencies/1/notes', ONE)).status).toBe(200);
});

describe('a certificate that is revoked while its connection is open', () => {
  test('in the middle of a body: the batch is not stored, and the connection is ended at once', async () => {
    const own = await bench.credentials();
    const door = await open(undefined, own);
    const certificate = await bench.authority.sign({ uri: 'lottery:agency-1' });
    const revoked = await connectTo(door, bench.holding(certificate));
    const other = await connectTo(door, clients.get(1));
    const head =
      `PUT /agencies/1/batches/1 HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n` +
      `Content-Length: ${CSV_LINE.length}\r\nExpect: 100-continue\r\n\r\n`;
    for (const client of [revoked, other]) client.send(head, CSV_LINE.slice(0, 10));
    await until(() => [revoked, other].every((client) => statuses(client).includes(100)));
    await bench.authority.revoke(certificate);
    await own.reload();
    await over(revoked);
    expect(door.lines).toEqual([]);
    expect(door.log.of('revoke')).toEqual([expect.stringContaining('door: http | connections: 1')]);
    other.send(CSV_LINE.slice(10));
    await until(() => statuses(other).includes(201));
    const again = await askAs(door, bench.holding(certificate), 'GET', '/agencies/1/notes');
    expect(again).toMatchObject({ status: 401 });
    expect(again.text).toContain('the certificate was revoked');
  });

  test('while it waits for the draw: its wait is given up', async () => {
    const own = await bench.credentials();
    const door = await open(undefined, own);
    const certificate = await bench.authority.sign({ uri: 'lottery:agency-1' });
    const waiting = await connectTo(door, bench.holding(certificate));
    waiting.send('GET /agencies/1/winners?wait=300 HTTP/1.1\r\nHost: a\r\n\r\n');
    await door.ask('GET', '/draw');
    await bench.authority.revoke(certificate);
    await own.reload();
    await over(waiting);
    await until(() => door.telemetry.connections('http') === 0);
    expect(door.lines).toEqual(['GET,/draw,200,0']);
  });
});
