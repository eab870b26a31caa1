/** What only a door with HTTPS does. */
import { once } from 'node:events';
import { connect, ConnectionOptions } from 'node:tls';

import { HeldLedger } from '../../ledger/testing/held_ledger';
import { Client } from '../agencies/testing/client';
import { TestAuthority } from '../tls/testing/test_authority';
import { closeDoors, CSV_LINE, DoorOptions, TestTls, OpenDoor, TERMS } from './testing/open_door';
import { connectTo, disconnectAll, over, statuses, turnedAway } from './testing/raw_clients';
import { until } from './testing/until';

const HSTS = 'max-age=31536000';
const GET_DRAW = 'GET /draw HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** The first bytes of a handshake (RFC 8446, 5.1). */
const HELLO = Buffer.from('160301', 'hex');

let authority: TestAuthority;
let tls: TestTls;
beforeAll(async () => {
  authority = await TestAuthority.make();
  tls = { credentials: await authority.credentials(false), client: authority.nobody };
});
afterAll(() => authority.close());

const inClear: Client[] = [];
afterEach(async () => {
  for (const { socket } of inClear.splice(0)) socket.destroy();
  disconnectAll();
  await closeDoors();
});

const open = (options: DoorOptions = {}): Promise<OpenDoor> => OpenDoor.open({ ...options, tls });

/** A connection without TLS. */
async function connectInClear({ port }: OpenDoor): Promise<Client> {
  const client = await Client.open(port);
  inClear.push(client);
  return client;
}

test('every answer says that the next year is for HTTPS alone', async () => {
  const door = await open({ registersWatch: true });
  const paths = [
    '/',
    '/draw',
    '/openapi.json',
    '/nothing',
    '/agencies/%zz',
    '/agencies/1/winners',
    '/healthz',
  ];
  for (const path of paths) {
    expect((await door.ask('GET', path)).headers['strict-transport-security']).toBe(HSTS);
  }
  expect((await door.ask('PROPFIND', '/draw')).headers['strict-transport-security']).toBe(HSTS);
  for (const text of ['no HTTP\r\n\r\n', 'GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n']) {
    const client = await connectTo(door);
    client.send(text);
    await until(() => client.received.includes('\r\n\r\n'));
    expect(client.received.toLowerCase()).toContain(`\r\nstrict-transport-security: ${HSTS}\r\n`);
  }
});

test('without TLS no answer says so', async () => {
  const door = await OpenDoor.open();
  expect((await door.ask('GET', '/draw')).headers['strict-transport-security']).toBeUndefined();
});

test('HTTP without TLS is told that this port speaks HTTPS', async () => {
  const door = await open();
  const client = await connectInClear(door);
  client.send(GET_DRAW);
  await over(client);
  expect(statuses(client)).toEqual([400]);
  expect(client.received).toContain('this port speaks HTTPS');
  expect(client.received.toLowerCase()).not.toContain('strict-transport-security');
  expect(door.lines).toEqual([]);
  expect(door.telemetry.refusals).toEqual([{ door: 'http', code: 'bad-request', count: 1 }]);
});

test('one that goes on talking without TLS is dropped', async () => {
  const door = await open({ limits: { lingerMs: 20 } });
  const client = await connectInClear(door);
  client.send('PUT /agencies/1/batches/1 HTTP/1.1\r\n', Buffer.alloc(1_000_000));
  await until(() => door.telemetry.connections('http') === 0);
  expect(statuses(client)).toEqual([400]);
});

test('what is neither TLS nor a text is closed', async () => {
  const door = await open();
  const client = await connectInClear(door);
  client.send(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  await until(() => door.telemetry.connections('http') === 0);
  expect(door.log.of('tls_handshake', 'fail')).toEqual([
    expect.stringContaining('the peer does not speak TLS'),
  ]);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
  const door = await open();
  const versions = { minVersion: version, maxVersion: version };
  const client = await connectTo(door, { ...authority.nobody, ...versions });
  client.send(GET_DRAW, GET_DRAW);
  await until(() => statuses(client).length === 2);
  expect(statuses(client)).toEqual([200, 200]);
});

test.each([
  [['h2', 'http/1.1'], 'http/1.1'],
  [undefined, false],
])('of the protocols %j, %j is spoken', async (ALPNProtocols, agreed) => {
  const door = await open();
  const options: ConnectionOptions = { host: '127.0.0.1', port: door.port, ...authority.nobody };
  const socket = connect({ ...options, ...(ALPNProtocols && { ALPNProtocols }) });
  await once(socket, 'secureConnect');
  expect(socket.alpnProtocol).toBe(agreed);
  socket.destroy();
});

test('a client that knows HTTP/2 alone is refused in the handshake', async () => {
  const door = await open();
  const socket = connect({ host: '127.0.0.1', port: door.port, ...authority.nobody, ALPNProtocols: ['h2'] });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/NO_APPLICATION_PROTOCOL|ECONNRESET/);
});

test('handshakes under way are connections', async () => {
  const door = await open({ limits: { maxConnections: 1 } });
  const stalled = await connectInClear(door);
  stalled.send(HELLO);
  await until(() => door.telemetry.connections('http') === 1);
  await turnedAway(door);
  stalled.socket.destroy();
  await until(() => door.telemetry.connections('http') === 0);
  expect((await door.ask('GET', '/draw')).status).toBe(200);
});

test('records that are no TLS any more end their connection alone', async () => {
  const door = await open();
  const client = await connectTo(door);
  client.send(GET_DRAW);
  await until(() => statuses(client).length === 1);
  client.kernelSocket.write(Buffer.concat([Buffer.from('1703030020', 'hex'), Buffer.alloc(32, 7)]));
  await until(() => door.telemetry.connections('http') === 0);
  expect((await door.ask('GET', '/draw')).status).toBe(200);
  expect(door.log.of('answer_request')).toEqual([]);
});

test('whoever places a bet keeps the place', async () => {
  // Of ten places nine are for those who have placed none.
  const door = await open({ limits: { maxConnections: 10 }, settings: { maxConnectionsPerAddress: 10 } });
  const client = await connectTo(door);
  client.send(
    `PUT /agencies/1/batches/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n` +
      `Content-Length: ${CSV_LINE.length}\r\n\r\n${CSV_LINE}`,
  );
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([201]);
  for (let count = 0; count < 9; count++) await connectInClear(door);
  await until(() => door.telemetry.connections('http') === 10);
});

test('a client that has closed its sending side still gets its answer', async () => {
  const door = await open({ limits: { tickMs: 5 } });
  const client = await connectTo(door);
  client.send('GET /agencies/1/winners?wait=300 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  client.socket.end();
  // By these it is found out whether somebody is still there.
  await until(() => statuses(client).filter((status) => status === 100).length > 1);
  await door.finish();
  await over(client);
  expect(statuses(client).at(-1)).toBe(200);
});

test('one that has gone is waited for no longer', async () => {
  const door = await open({ limits: { tickMs: 5 } });
  const client = await connectTo(door);
  client.send('GET /agencies/1/winners?wait=300 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  client.socket.end();
  await until(() => statuses(client).includes(100));
  client.socket.destroy();
  await until(() => door.telemetry.connections('http') === 0);
});

test.each(['HTTP', 'HTTPS'])(
  'over %s, who may not connect is closed at once, and told in the log',
  async (scheme) => {
    const settings = { allows: (address: string) => !address.endsWith('127.0.0.1') };
    const door = await OpenDoor.open({ settings, tls: scheme === 'HTTPS' ? tls : undefined });
    for (let count = 0; count < 2; count++) await over(await connectInClear(door));
    expect(door.telemetry.connections('http')).toBe(0);
    expect(door.log.of('accept_connections', 'fail')).toEqual([
      expect.stringContaining('door: http | reason: this address may not connect'),
    ]);
  },
);

test('it closes while handshakes and talk without TLS are under way, and answers what is in flight', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await open({ ledger, limits: { closeTimeoutMs: 60_000 } });
  const placing = door.putCsv(1, 1, CSV_LINE);
  await until(() => ledger.calls.length === 1);
  const silent = await connectInClear(door);
  const stalled = await connectInClear(door);
  stalled.send(HELLO);
  const talking = await connectInClear(door);
  talking.send(GET_DRAW);
  await until(() => door.telemetry.connections('http') === 4 && statuses(talking).length === 1);
  const closing = door.close();
  for (const client of [silent, stalled, talking]) await over(client);
  ledger.answerAll();
  expect((await placing).status).toBe(201);
  await closing;
});
