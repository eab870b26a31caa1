import { once } from 'node:events';
import { connect as connectTcp, Socket } from 'node:net';
import { randomBytes } from 'node:crypto';

import { TlsBench } from './testing/tls_bench';

let bench: TlsBench;
afterEach(() => bench.close());

/** An honest agency is served. */
async function isServed(): Promise<void> {
  const client = await bench.connect(await bench.agency(1));
  client.send('ECHO still here\n');
  await client.expectReceived('ECHO still here\n');
  client.socket.destroy();
}

/** Opens sockets that have only begun a handshake, and keep it waiting. */
async function stall(count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connectTcp(bench.port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => undefined).on('data', () => undefined);
    await once(socket, 'connect');
    // The beginning of a record with a ClientHello (RFC 8446, 5.1).
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1]));
  }
  return sockets;
}

/** What the log says of handshakes. */
const told = (): string[] => bench.log.of('tls_handshake', 'fail');

const gone = (socket: Socket): Promise<unknown> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve));

test('one that stalls is ended, and told', async () => {
  bench = await TlsBench.open({ handshakes: { timeoutMs: 200 } });
  const [socket] = await stall(1);
  await gone(socket!);
  expect(told()).toEqual([expect.stringContaining('door: tls | reason: not finished in time |')]);
  while (bench.handshakes.count > 0) await new Promise((resolve) => setImmediate(resolve));
  await isServed();
});

test('beyond the maximum the oldest is given up, and honest peers are served all the while', async () => {
  bench = await TlsBench.open({ handshakes: { maximum: 3 }, door: { maxConnections: 100 } });
  const sockets = await stall(5);
  await Promise.all(sockets.slice(0, 2).map(gone));
  expect(bench.handshakes.count).toBe(3);
  for (let round = 0; round < 5; round++) await isServed();
  expect(told()[0]).toContain('given up for newer ones: too many are under way');
  for (const socket of sockets) socket.destroy();
});

test('those under way count towards the connections', async () => {
  bench = await TlsBench.open({ door: { maxConnections: 3, maxConnectionsPerAddress: 3 } });
  const sockets = await stall(3);
  const refused = connectTcp(bench.port, '127.0.0.1').on('error', () => undefined);
  refused.resume();
  await gone(refused);
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(gone));
  while (bench.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve));
  await isServed();
});

test('a peer that leaves in the middle of one leaves nothing behind', async () => {
  bench = await TlsBench.open();
  for (const socket of await stall(3)) socket.end();
  while (bench.connectionCount > 0 || bench.handshakes.count > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await isServed();
});

test.each([
  ['the protocol without TLS', Buffer.from('ECHO hello\n'), /does not speak TLS/],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /speaks HTTP without TLS/],
  ['random bytes', Buffer.concat([Buffer.of(0x80), randomBytes(100)]), /./],
  [
    'a record that is too long',
    Buffer.concat([Buffer.from([22, 3, 1, 255, 255]), Buffer.alloc(70_000)]),
    /./,
  ],
  [
    'TLS 1.0 alone',
    Buffer.from('16030100310100002d0301' + '00'.repeat(32) + '000006c013c009003501' + '00', 'hex'),
    /./,
  ],
])('what is no handshake is closed, and told: %s', async (_, bytes, reason) => {
  bench = await TlsBench.open();
  const client = await bench.connectPlain();
  client.send(bytes);
  await client.expectEnd();
  expect(told()).toEqual([expect.stringMatching(reason)]);
  await isServed();
});

test('the door closes at once, whatever is under way', async () => {
  bench = await TlsBench.open();
  const sockets = await stall(3);
  const client = await bench.connect(await bench.agency(1));
  await bench.close();
  await Promise.all([...sockets.map(gone), client.gone]);
});
