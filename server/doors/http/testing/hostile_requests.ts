/** What no well-behaved client sends: it costs only its sender. The tests, over HTTP or HTTPS. */
import { sendChangedBytes } from './changed_bytes';
import { FakeClock } from '../../../../program/testing/fake_clock';
import '../../../../protocol/testing/arbitraries';
import { HeldLedger } from '../../../ledger/testing/held_ledger';
import { settled } from '../../../testing/settled';
import { closeDoors, CSV_LINE, OpenDoor, TERMS } from './open_door';
import { connectTo, disconnectAll, over, statuses, turnedAway } from './raw_clients';
import { until } from './until';

afterEach(async () => {
  disconnectAll();
  await closeDoors();
});

const BATCH = '/agencies/1/batches/1';
const HOST = 'Host: localhost\r\n';
const GET_DRAW = `GET /draw HTTP/1.1\r\n${HOST}\r\n`;

/** The head of a batch in CSV. */
const putHead = (batch: number, ...headers: readonly string[]): string =>
  [
    `PUT /agencies/1/batches/${batch} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: text/csv',
    ...headers,
    '',
    '',
  ].join('\r\n');
const putCsv = (batch: number, body = CSV_LINE): string =>
  putHead(batch, `Content-Length: ${Buffer.byteLength(body)}`) + body;

test.each([
  ['nothing at all', ''],
  ['half a header', 'GET /draw HTTP/1.1\r\nHost: loc'],
])('a client that sends %s is told so, and closed', async (_, text) => {
  const door = await OpenDoor.open({ limits: { headersTimeoutMs: 50, tickMs: 10 } });
  const client = await connectTo(door);
  client.send(text);
  await over(client);
  expect(statuses(client)).toEqual([408]);
  expect(client.received).toContain('"code":"request-timeout"');
  expect(door.lines).toEqual([]);
});

test('a client without a request is closed', async () => {
  const door = await OpenDoor.open({ limits: { keepAliveTimeoutMs: 20 } });
  const client = await connectTo(door);
  client.send(GET_DRAW);
  await over(client);
  expect(statuses(client)).toEqual([200]);
});

test('a body that comes too slowly is refused', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({ clock });
  const client = await connectTo(door);
  client.send(putHead(1, 'Content-Length: 100'), 'half');
  await until(() => clock.timerCount > 0);
  clock.advance(30_000);
  await until(() => client.received.includes('request-timeout'));
  expect(statuses(client)).toEqual([408]);
  expect(door.lines).toEqual([`PUT,${BATCH},408,0`]);
  // What is left of it is waited for a little, then the connection is dropped.
  clock.advance(2_000);
  await over(client);
});

test('a client that goes away amid a body is not answered, and gives its memory back', async () => {
  const door = await OpenDoor.open({ limits: { maxBodiesBytes: 0 } });
  const large = Buffer.alloc(1_240_000, 'a');
  const held = await Promise.all([connectTo(door), connectTo(door)]);
  for (const client of held) client.send(putHead(1, 'Content-Length: 1248576'), large);
  // Two of the largest bodies are being read: there is no room for a third.
  await until(async () => (await door.putCsv(2, 1, CSV_LINE)).status === 503);
  for (const client of held) client.socket.destroy();
  await until(async () => (await door.putCsv(2, 1, CSV_LINE)).status === 200);
  expect(door.lines.filter((line) => line.includes('/agencies/1/'))).toEqual([]);
});

test.each([
  [
    'that says how long it is',
    (bytes: number) => putHead(1, `Content-Length: ${bytes}`),
    (body: Buffer) => body,
  ],
  [
    'in chunks',
    () => putHead(1, 'Transfer-Encoding: chunked'),
    (body: Buffer) =>
      Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]),
  ],
])('a body that is too large, %s, is refused; the connection goes on', async (_, head, encode) => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({ clock, settings: { maxPayloadBytes: 1_000 } });
  const body = Buffer.alloc(1_100_000, 'a');
  const client = await connectTo(door);
  client.send(head(body.length), encode(body), GET_DRAW);
  await until(() => statuses(client).length === 2);
  expect(statuses(client)).toEqual([413, 200]);
  // The body was read to its end: nothing drops the connection any more.
  await until(() => clock.timerCount === 0);
  expect(door.lines).toEqual([`PUT,${BATCH},413,0`, 'GET,/draw,200,0']);
});

test('the rest of a refused body is read for a time, and for so many bytes', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({ clock, limits: { lingerBytes: 100_000 } });
  const slow = await connectTo(door);
  slow.send(putHead(1, 'Content-Length: 99999999'));
  await until(() => statuses(slow).length === 1);
  await until(() => clock.timerCount > 0);
  clock.advance(2_000);
  await over(slow);
  const fast = await connectTo(door);
  fast.send(putHead(1, 'Content-Length: 99999999'), Buffer.alloc(500_000));
  await over(fast);
  expect(door.lines).toEqual(Array(2).fill(`PUT,${BATCH},413,0`));
});

test('a body in very small chunks is taken', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  const chunks = Array.from(CSV_LINE, (character) => `1\r\n${character}\r\n`).join('');
  client.send(putHead(1, 'Transfer-Encoding: chunked'), chunks, '0\r\n\r\n');
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([201]);
});

test('a body is asked for with 100 only when it is wanted', async () => {
  const door = await OpenDoor.open();
  const wanted = await connectTo(door);
  wanted.send(putHead(1, `Content-Length: ${CSV_LINE.length}`, 'Expect: 100-continue'));
  await until(() => statuses(wanted).includes(100));
  wanted.send(CSV_LINE);
  await until(() => statuses(wanted).length === 2);
  expect(statuses(wanted)).toEqual([100, 201]);
  const refused = await connectTo(door);
  refused.send(putHead(0, `Content-Length: ${CSV_LINE.length}`, 'Expect: 100-continue'));
  await over(refused);
  expect(statuses(refused)).toEqual([404]);
});

test('headers that are too large are refused', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(`GET /draw HTTP/1.1\r\n${HOST}X: ${'x'.repeat(17_000)}\r\n\r\n`);
  await over(client);
  expect(statuses(client)).toEqual([431]);
  expect(client.received).toContain('"code":"headers-too-large"');
});

test.each([
  ['no HTTP', 'BET00000105000200000001;1,1,Renata\n'],
  ['two lengths', `${putHead(1, 'Content-Length: 1', 'Content-Length: 2')}ab`],
  ['a length and chunks', `${putHead(1, 'Content-Length: 1', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
  ['a length that is none', `${putHead(1, 'Content-Length: 1e2')}a`],
  ['a zero byte in a header', 'GET /draw HTTP/1.1\r\nHost: a\0b\r\n\r\n'],
  ['a space in a path', `GET /dr aw HTTP/1.1\r\n${HOST}\r\n`],
])('%s is refused, and the connection closed', async (_, text) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(text);
  await over(client);
  expect(statuses(client)).toEqual([400]);
  expect(client.received).toContain('"code":"bad-request"');
  expect(door.lines).toEqual([]);
  expect(door.telemetry.refusals).toEqual([{ door: 'http', code: 'bad-request', count: 1 }]);
});

test('without a Host, a request is refused', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send('GET /draw HTTP/1.1\r\n\r\n');
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([400]);
  door.lottery.close();
  expect(door.lines).toEqual(['REFUSED,*,400,1']);
});

test('an upgrade is no reason not to answer', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(`GET /draw HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([200]);
});

test('requests on one connection are answered in their order', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await OpenDoor.open({ ledger });
  const client = await connectTo(door);
  client.send(putCsv(1), putCsv(0), GET_DRAW);
  await until(() => ledger.calls.length === 1);
  await settled();
  expect(client.received).toBe('');
  ledger.answerAll();
  await until(() => statuses(client).length === 3);
  expect(statuses(client)).toEqual([201, 404, 200]);
});

test('the first request on a connection beyond those that can be open is refused, and ends it', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await OpenDoor.open({ ledger, limits: { maxOpenRequestsOfConnection: 2 } });
  const client = await connectTo(door);
  client.send(putCsv(1), putCsv(2), putCsv(3), putCsv(4));
  await until(() => ledger.calls.length === 2);
  await settled();
  ledger.answerAll();
  await over(client);
  expect(statuses(client)).toEqual([201, 201, 503]);
  expect(client.received).toContain('connection: close');
  expect(door.telemetry.refusals).toEqual([{ door: 'http', code: 'unavailable', count: 1 }]);
});

test('what is no request does not take the place of an answer', async () => {
  const ledger = new HeldLedger(TERMS);
  const door = await OpenDoor.open({ ledger });
  const client = await connectTo(door);
  // The body is longer than it says: what is left of it is no request.
  client.send(putHead(1, `Content-Length: ${CSV_LINE.length}`), CSV_LINE, 'more\r\n\r\n');
  await until(() => ledger.calls.length === 1);
  await settled();
  expect(client.received).toBe('');
  ledger.answerAll();
  await over(client);
  expect(statuses(client)).toEqual([201]);
});

test('a body that is shorter than it says is no batch', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(putHead(1, `Content-Length: ${CSV_LINE.length + 1}`), CSV_LINE);
  client.socket.end();
  await over(client);
  expect(door.lines).toEqual([]);
});

test('chunks that are none are no batch', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(putHead(1, 'Transfer-Encoding: chunked'), 'zz\r\n');
  await over(client);
  expect(door.lines).toEqual([]);
});

test('connections beyond the limit are dropped', async () => {
  const door = await OpenDoor.open({ limits: { maxConnections: 1 } });
  const first = await connectTo(door);
  await until(() => door.telemetry.connections('http') === 1);
  await turnedAway(door);
  expect(door.log.of('accept_connections', 'fail')).toHaveLength(1);
  first.send(GET_DRAW);
  await until(() => statuses(first).length === 1);
});

test('connections of one address beyond its limit are dropped', async () => {
  const door = await OpenDoor.open({ settings: { maxConnectionsPerAddress: 1 } });
  const first = await connectTo(door);
  await until(() => door.telemetry.connections('http') === 1);
  await turnedAway(door);
  expect(door.log.of('accept_connections', 'fail')).toEqual([
    expect.stringContaining('reason: MAX_CONNECTIONS_PER_ADDRESS reached'),
  ]);
  first.send(GET_DRAW);
  await until(() => statuses(first).length === 1);
});

test('a client that does not take its answers is dropped; one whose answers wait for another is not', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({
    clock,
    settings: { maxPayloadBytes: 4_000_000 },
    limits: { tickMs: 10 },
  });
  const name = 'a'.repeat(128);
  const lines = Array.from({ length: 9_999 }, (_, index) => `${index + 1},${name},${name},1,2000-01-01,1\n`);
  expect((await door.putCsv(1, 1, lines.join(''))).status).toBe(201);
  const slow = await connectTo(door);
  slow.socket.pause();
  slow.send(`GET ${BATCH} HTTP/1.1\r\n${HOST}\r\n`.repeat(6));
  const patient = await connectTo(door);
  patient.send(`GET /agencies/1/winners?wait=300 HTTP/1.1\r\n${HOST}\r\n`, GET_DRAW);
  await until(() => door.lines.length === 8);
  await settled();
  clock.advance(130_000);
  await until(() => door.telemetry.connections('http') === 1);
  clock.advance(170_000);
  await until(() => statuses(patient).length === 2);
  expect(statuses(patient)).toEqual([409, 200]);
});

test('a request that waits is not one that comes too slowly', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({
    clock,
    limits: { headersTimeoutMs: 20, tickMs: 5, keepAliveTimeoutMs: 5 },
  });
  const waiting = await connectTo(door);
  waiting.send(`GET /agencies/1/winners?wait=300 HTTP/1.1\r\n${HOST}\r\n`);
  await until(() => clock.timerCount > 0);
  const silent = await connectTo(door);
  await over(silent);
  clock.advance(300_000);
  await until(() => statuses(waiting).length === 1);
  expect(statuses(waiting)).toEqual([409]);
});

test('random bytes cost only their sender', async () => {
  const door = await OpenDoor.open({ limits: { headersTimeoutMs: 200, tickMs: 20, lingerMs: 50 } });
  const whole = Buffer.from(putCsv(1) + GET_DRAW);
  await sendChangedBytes(door, whole);
  expect((await door.ask('GET', '/draw')).status).toBe(200);
  expect(door.log.of('answer_request')).toEqual([]);
});
