/** Who is who at the memcached door over TLS, by a certificate, a token, or both. */
import { MemoryLedger } from '../../ledger/memory_ledger';
import { CurrentTokens } from '../identity/current_tokens';
import { AUDITOR, OPERATOR, Party } from '../identity/party';
import { tokensOf } from '../identity/testing/tokens_of';
import { ClientTls, TestAuthority } from '../tls/testing/test_authority';
import type { TlsCredentials } from '../tls/tls_credentials';
import { OpenMemcached, TERMS } from './testing/open_memcached';

const CSV = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const TOKENS = tokensOf(
  [OPERATOR, 'token-of-the-operator'],
  [1, 'token-of-agency-one'],
  [2, 'token-of-agency-two'],
);
const set = (key: string, value: string): string => `set ${key} 0 0 ${value.length}\r\n${value}\r\n`;
const lines = (...replies: string[]): string => replies.map((reply) => `${reply}\r\n`).join('');
const UNAUTHENTICATED = 'CLIENT_ERROR unauthenticated';

let bench: TestAuthority;
let credentials: TlsCredentials;
const clients = new Map<Party, ClientTls>();
beforeAll(async () => {
  bench = await TestAuthority.make();
  for (const party of [1, 2, OPERATOR, AUDITOR] as const) clients.set(party, await bench.client(party));
});
afterAll(() => bench.close());

let door: OpenMemcached;
afterEach(() => door.close());

async function open(tokens?: CurrentTokens): Promise<void> {
  credentials = await bench.credentials();
  const settings = { tokens: tokens ?? new CurrentTokens(undefined) };
  door = await OpenMemcached.open(settings, new MemoryLedger(TERMS), credentials);
}

test('an agency needs no token, has its own keys, and no others', async () => {
  await open();
  const forbidden = "CLIENT_ERROR forbidden: this certificate is another's";
  expect(
    await door.ask(set('a', 'x') + set('/agencies/1/batches/1', CSV) + 'get a\r\n', clients.get(1)),
  ).toBe(lines('STORED', 'STORED', 'VALUE a 0 1', 'x', 'END'));
  expect(
    await door.ask(
      'get /agencies/1/notes/a\r\nget /agencies/1/batches/1\r\nget /agencies/1/winners\r\n' +
        set('/agencies/1/batches/2', CSV) +
        set('/agencies/1/finish', '') +
        set('/notes/a', 'x') +
        'get a\r\n',
      clients.get(2),
    ),
  ).toBe(lines(...Array.from({ length: 6 }, () => forbidden), 'END'));
});

test('the auditor reads and writes nothing, the operator does all', async () => {
  await open();
  expect(await door.ask(set('notice', 'y') + set('/agencies/1/notes/a', 'x'), clients.get(OPERATOR))).toBe(
    lines('STORED', 'STORED'),
  );
  expect(await door.ask(`get /agencies/1/notes/a\r\n${set('notice', 'z')}`, clients.get(AUDITOR))).toBe(
    lines(
      'VALUE /agencies/1/notes/a 0 1',
      'x',
      'END',
      'CLIENT_ERROR forbidden: the auditor reads, and writes nothing',
    ),
  );
});

test('without a certificate and without tokens nothing is done', async () => {
  await open();
  expect(await door.ask(`get a\r\n${set('auth', '1 token-of-agency-one')}`, bench.nobody)).toBe(
    lines(UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED),
  );
  expect(door.lines).toEqual([]);
});

test('a certificate that is not believed is none, and the reply says why', async () => {
  await open(new CurrentTokens(TOKENS));
  const expired = await bench.client(1, { days: -1 });
  const stranger = bench.holding(await (await bench.strangers()).sign({ uri: 'lottery:agency-1' }));
  const nobody = await bench.client(1, { uri: 'lottery:agency-4' });
  for (const [client, reason] of [
    [expired, 'the certificate has expired'],
    [stranger, "the certificate is not one of the lottery's CA"],
    [nobody, 'the certificate names no party of this lottery'],
  ] as const) {
    expect(await door.ask('get a\r\n', client)).toBe(
      lines(`${UNAUTHENTICATED}: ${reason}`, `${UNAUTHENTICATED}: ${reason}`),
    );
    expect(await door.ask(`${set('auth', '2 token-of-agency-two')}get a\r\n`, client)).toBe(
      lines('STORED', 'END'),
    );
  }
});

test('whom a certificate names cannot become another with a token', async () => {
  await open(new CurrentTokens(TOKENS));
  const same = `${set('auth', '1 token-of-agency-one')}get auth\r\n`;
  expect(await door.ask(same, clients.get(1))).toBe(lines('STORED', 'END'));
  for (const login of ['2 token-of-agency-two', 'operator token-of-the-operator']) {
    const client = await door.connect(clients.get(1));
    client.send(`${set('auth', login)}get a\r\n`);
    await client.expectEnd();
    expect(client.received).toBe(lines('CLIENT_ERROR authentication failure'));
  }
  // Without a certificate it is as without TLS.
  expect(await door.ask(`${set('auth', '2 token-of-agency-two')}get a\r\n`, bench.nobody)).toBe(
    lines('STORED', 'END'),
  );
});

test('a connection whose certificate is revoked is ended at once, also in the middle of a value', async () => {
  await open();
  const certificate = await bench.authority.sign({ uri: 'lottery:agency-1' });
  const revoked = await door.connect(bench.holding(certificate));
  const other = await door.connect(clients.get(1));
  for (const client of [revoked, other]) {
    client.send('set a 0 0 1\r\nx\r\nset b 0 0 10\r\nhalf');
    await client.expectReceived(lines('STORED'));
  }
  await bench.authority.revoke(certificate);
  await credentials.reload();
  await revoked.expectEnd();
  other.send(' value\r\n');
  await other.expectReceived(lines('STORED', 'STORED'));
  expect(door.lines).toEqual([
    'PUT,/agencies/1/notes/a,201,0',
    'PUT,/agencies/1/notes/a,200,0',
    'PUT,/agencies/1/notes/b,201,0',
  ]);
  expect(door.log.of('revoke')).toEqual([expect.stringContaining('door: memcached | connections: 1')]);
});
