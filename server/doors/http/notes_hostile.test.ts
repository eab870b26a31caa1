/** Notes as no well-behaved client sends them, and as a client does that waits for nothing. */
import { sendChangedBytes } from './testing/changed_bytes';
import { FakeClock } from '../../../program/testing/fake_clock';
import '../../../protocol/testing/arbitraries';
import { closeDoors, CSV_LINE, OpenDoor } from './testing/open_door';
import { connectTo, disconnectAll, over, statuses } from './testing/raw_clients';
import { until } from './testing/until';

afterEach(async () => {
  disconnectAll();
  await closeDoors();
});

const NOTE = '/agencies/1/notes/a';
const request = (method: string, path: string, body?: string, ...headers: readonly string[]): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...headers,
    ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body ?? '',
  ].join('\r\n');
const chunked = (method: string, path: string, ...headers: readonly string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, 'Transfer-Encoding: chunked', '', ''].join(
    '\r\n',
  );

test('what is asked on one connection, without waiting, is done in its order', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  const rounds = Array.from({ length: 10 }, (_, round) => [
    request('PUT', NOTE, `value ${round}`),
    request('GET', NOTE),
    request('POST', '/notes', `n=${round}`, 'Content-Type: application/x-www-form-urlencoded'),
    request('POST', '/notes/n/increment?by=100'),
    request('GET', '/notes/n'),
    request('DELETE', NOTE),
  ]);
  client.send(rounds.flat().join(''));
  await until(() => statuses(client).length === 60);
  for (let round = 0; round < 10; round++) expect(client.received).toContain(`\r\nvalue ${round}HTTP/1.1 20`);
  expect(door.lines.map((line) => line.replace(/,0$/, ''))).toEqual(
    Array.from({ length: 10 }, (_, round) => [
      `PUT,${NOTE},201`,
      `GET,${NOTE},200`,
      `PUT,/notes/n,${round === 0 ? 201 : 200}`,
      'PUT,/notes/n,200',
      'GET,/notes/n,200',
      `DELETE,${NOTE},200`,
    ]).flat(),
  );
});

test('a batch and the end of the sale behind it, without waiting, are taken in their order', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(
    request('PUT', '/agencies/1/batches/1', CSV_LINE, 'Content-Type: text/csv'),
    request('PUT', '/agencies/1/finish'),
    request('GET', '/agencies/1/batches/1'),
  );
  await until(() => statuses(client).length === 3);
  expect(statuses(client)).toEqual([201, 200, 200]);
});

test('who waits for the draw holds up nobody behind it', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  const finishing = [1, 2, 3].map((agency) => request('PUT', `/agencies/${agency}/finish`));
  client.send(request('GET', '/agencies/1/winners?wait=300'), ...finishing);
  await until(() => statuses(client).length === 4);
  expect(statuses(client)).toEqual([200, 200, 200, 200]);
});

test('a request that is refused waits for nobody, and those behind it wait for all before it', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(
    request('PUT', NOTE, 'x'),
    request('PATCH', NOTE, 'x'),
    request('GET', '/agencies/9/notes/a'),
    request('GET', '/notes/a/b'),
    request('GET', NOTE),
  );
  await until(() => statuses(client).length === 5);
  expect(statuses(client)).toEqual([201, 405, 404, 404, 200]);
});

test.each([
  [
    'that says how long it is',
    (bytes: number) => [request('PUT', NOTE, '').replace('Length: 0', `Length: ${bytes}`), 'x'.repeat(bytes)],
  ],
  [
    'in chunks',
    (bytes: number) => [chunked('PUT', NOTE), `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`],
  ],
])('a value over the limit, %s, is refused; the connection goes on', async (_, make) => {
  const door = await OpenDoor.open({ settings: { maxPayloadBytes: 1_000 } });
  const client = await connectTo(door);
  client.send(...make(1_001), ...make(1_000), request('GET', NOTE));
  await until(() => statuses(client).length === 3);
  expect(statuses(client)).toEqual([413, 201, 200]);
  expect(door.lines).toEqual([`PUT,${NOTE},413,0`, `PUT,${NOTE},201,0`, `GET,${NOTE},200,0`]);
});

test('a value in very small chunks is taken', async () => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(chunked('PUT', NOTE), '1\r\nx\r\n'.repeat(1_000), '0\r\n\r\n', request('GET', NOTE));
  await until(() => statuses(client).length === 2);
  expect(client.received.endsWith(`\r\n\r\n${'x'.repeat(1_000)}`)).toBe(true);
});

test('a value is asked for with 100 only when it is wanted', async () => {
  const door = await OpenDoor.open({ settings: { maxPayloadBytes: 10 } });
  const head = (path: string, bytes: number): string =>
    request('PUT', path, '', 'Expect: 100-continue').replace('Length: 0', `Length: ${bytes}`);
  for (const [path, bytes, status] of [
    [NOTE, 11, 413],
    ['/notes/a%20b', 1, 404],
    ['/agencies/0/notes/a', 1, 404],
  ] as const) {
    const refused = await connectTo(door);
    refused.send(head(path, bytes));
    await until(() => statuses(refused).length > 0);
    expect(statuses(refused)).toEqual([status]);
  }
  const wanted = await connectTo(door);
  wanted.send(head(NOTE, 1));
  await until(() => statuses(wanted).includes(100));
  wanted.send('x');
  await until(() => statuses(wanted).length === 2);
  expect(statuses(wanted)).toEqual([100, 201]);
});

test.each([
  ['a value', 'PUT', NOTE, []],
  ['a form', 'POST', '/agencies/1/notes', ['Content-Type: application/x-www-form-urlencoded']],
])('%s that is shorter than it says is not stored', async (_, method, path, headers) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(request(method, path, 'a=1', ...headers).replace('Length: 3', 'Length: 4'));
  client.socket.end();
  await over(client);
  expect(door.lines).toEqual([]);
  expect((await door.ask('GET', '/agencies/1/notes')).json).toEqual({ notes: [], next: null });
});

test('a value that comes too slowly is refused', async () => {
  const clock = new FakeClock();
  const door = await OpenDoor.open({ clock });
  const client = await connectTo(door);
  client.send(request('PUT', NOTE, 'x').replace('Length: 1', 'Length: 2'));
  await until(() => clock.timerCount > 0);
  clock.advance(30_000);
  await until(() => statuses(client).length === 1);
  expect(statuses(client)).toEqual([408]);
  expect(door.lines).toEqual([`PUT,${NOTE},408,0`]);
});

test.each([
  ['/notes/', 'a'.repeat(250)],
  ['/notes/', '%61'.repeat(90)],
  ['/agencies/1/notes/', '/'.repeat(9_000)],
  ['/notes?after=', 'a'.repeat(9_000)],
])('%s with too much behind it is refused', async (start, more) => {
  const door = await OpenDoor.open();
  const client = await connectTo(door);
  client.send(request('GET', `${start}${more}`), request('GET', '/notes'));
  await until(() => statuses(client).length === 2);
  expect(statuses(client)).toEqual([start.includes('?') ? 400 : 414, 200]);
});

test('values that many read at once and slowly take no more memory than there is', async () => {
  const door = await OpenDoor.open({
    settings: { maxPayloadBytes: 4_000_000 },
    limits: { maxAnswersBytes: 0 },
  });
  await door.ask('PUT', '/notes/a', { body: Buffer.alloc(4_000_000) });
  const readers = await Promise.all(Array.from({ length: 20 }, () => connectTo(door)));
  for (const client of readers) {
    client.socket.pause();
    client.send(request('GET', '/notes/a').repeat(6));
  }
  // Two of the longest bodies have the memory of the answers: four values. The rest is refused, but for what the system takes in.
  await until(() => door.telemetry.refusals.some(({ code, count }) => code === 'unavailable' && count >= 14));
  for (const { socket } of readers) socket.destroy();
  await until(async () => (await door.ask('GET', '/notes/a')).status === 200);
});

test('random bytes cost only their sender', async () => {
  const door = await OpenDoor.open({ limits: { headersTimeoutMs: 200, tickMs: 20, lingerMs: 50 } });
  const form = 'Content-Type: application/x-www-form-urlencoded';
  const whole = Buffer.from(
    request('PUT', NOTE, 'x', 'If-None-Match: *') +
      request('POST', '/notes', 'a=%41&b=+&c=%ff', form) +
      request('POST', '/notes/a/increment?by=7') +
      request('DELETE', '/notes/%61', undefined, 'If-Match: "2.0"'),
  );
  await sendChangedBytes(door, whole);
  expect((await door.ask('GET', '/notes')).status).toBe(200);
  expect(door.log.of('answer_request')).toEqual([]);
});
