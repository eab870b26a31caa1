/** How a request is addressed, its method and version, and a client that sends nothing more (RFC 9112). */
import { FakeClock } from '../../../program/testing/fake_clock';
import { HeldLedger } from '../../ledger/testing/held_ledger';
import { settled } from '../../testing/settled';
import { closeDoors, CSV_LINE, OpenDoor, TERMS } from './testing/open_door';
import { connectTo, disconnectAll, over, statuses } from './testing/raw_clients';
import { until } from './testing/until';

afterEach(async () => {
  disconnectAll();
  await closeDoors();
});

const HOST = 'Host: localhost\r\n';
const GET_DRAW = `GET /draw HTTP/1.1\r\n${HOST}\r\n`;
const PUT_BATCH =
  `PUT /agencies/1/batches/1 HTTP/1.1\r\n${HOST}Content-Type: text/csv\r\n` +
  `Content-Length: ${CSV_LINE.length}\r\n\r\n${CSV_LINE}`;

const asked = (target: string, ...headers: readonly string[]): string =>
  [`GET ${target} HTTP/1.1`, ...headers, '', ''].join('\r\n');

test.each([
  ['two Hosts', asked('/draw', 'Host: localhost', 'Host: localhost')],
  ['two Hosts in HTTP/1.0', 'GET /draw HTTP/1.0\r\nHost: localhost\r\nhost: evil.example\r\n\r\n'],
  ['a Host with userinfo', asked('/draw', 'Host: localhost@evil.example')],
  ['a Host with a path', asked('/draw', 'Host: localhost/draw')],
  ['a Host of two', asked('/draw', 'Host: localhost, evil.example')],
  ['an empty Host', asked('/draw', 'Host:')],
  ['a port that is none', asked('/draw', 'Host: localhost:http')],
  ['a target of another host', asked('http://localhost/draw', 'Host: 127.0.0.1')],
  ['a target of another port', asked('http://localhost:8080/draw', 'Host: localhost')],
  ['a target of two hosts', asked('http://localhost@evil.example/draw', 'Host: localhost')],
  ['a target without a Host', asked('http://localhost/draw')],
])('%s is refused', async (_, text) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(text);
  await until(() => client.received.includes('}'));
  expect(statuses(client)).toEqual([400]);
  expect(client.received).toContain('"code":"bad-request"');
});

test.each([
  ['with a port', asked('/draw', 'Host: localhost:80')],
  ['with an empty port', asked('/draw', 'Host: [::1]:')],
  ['the target’s', asked('http://127.0.0.1:8080/draw', 'Host: 127.0.0.1:8080')],
  ['the target’s, written otherwise', asked('HTTP://LocalHost/draw', 'Host: localhost:080')],
])('a Host %s is taken', async (_, text) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(text);
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([200]);
});

test.each([
  ['a method that nobody knows', 'BET /draw HTTP/1.1\r\nHost: localhost\r\n\r\n', 501, 'not-implemented'],
  ['a method in small letters', 'get /draw HTTP/1.1\r\nHost: localhost\r\n\r\n', 501, 'not-implemented'],
  ['a method of another protocol', `PROPFIND /draw HTTP/1.1\r\n${HOST}\r\n`, 501, 'not-implemented'],
  ['a tunnel', `CONNECT localhost:80 HTTP/1.1\r\n${HOST}\r\n`, 501, 'not-implemented'],
  ['a version to come', `GET /draw HTTP/3.0\r\n${HOST}\r\n`, 505, 'version-not-supported'],
  ['a version that never was', `GET /draw HTTP/1.7\r\n${HOST}\r\n`, 505, 'version-not-supported'],
  ['HTTP/2 without a word before', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'version-not-supported'],
  ['HTTP/2 by its number', `GET /draw HTTP/2.0\r\n${HOST}\r\n`, 505, 'version-not-supported'],
])('%s is refused by its own status', async (_, text, status, code) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(text);
  await until(() => client.received.includes('}'));
  expect(statuses(client)).toEqual([status]);
  expect(client.received).toContain(`"code":"${code}"`);
  expect(door.lines).toEqual([]);
});

test('a method that nobody knows is refused after the answers before it', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(GET_DRAW, `BET /draw HTTP/1.1\r\n${HOST}\r\n`);
  await over(client);
  expect(statuses(client)).toEqual([200]);
});

test('a client that has closed its sending side gets its answers', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await OpenDoor.open({ ledger });
  const client = await connectTo(door);
  client.send(PUT_BATCH, GET_DRAW);
  client.socket.end();
  await until(() => ledger.calls.length === 1);
  await settled();
  ledger.answerAll();
  await over(client);
  expect(statuses(client)).toEqual([201, 200]);
  await until(() => door.telemetry.connections('http') === 0);
});

test('a client that has closed its sending side waits for the draw, as long as it said', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({ clock });
  const client = await connectTo(door);
  client.send(`GET /agencies/1/winners?wait=300 HTTP/1.1\r\n${HOST}\r\n`);
  client.socket.end();
  await until(() => clock.timerCount > 0);
  clock.advance(300_000);
  await over(client);
  expect(statuses(client).filter((status) => status >= 200)).toEqual([409]);
});

test.each(['gzip, chunked', 'chunked, chunked', 'Chunked, gzip'])(
  'a body within the Transfer-Encoding %s is not taken for a body',
  async (coding) => {
    const door = await OpenDoor.open();
    const client = await connectTo(door);
    const head = `PUT /notes/a HTTP/1.1\r\n${HOST}Transfer-Encoding: ${coding}\r\n\r\n`;
    client.send(`${head}3\r\nabc\r\n0\r\n\r\n`);
    await over(client, () => statuses(client).length > 0);
    expect(statuses(client).filter((status) => status < 400)).toEqual([]);
    expect((await door.ask('GET', '/notes/a')).status).toBe(404);
  },
);
