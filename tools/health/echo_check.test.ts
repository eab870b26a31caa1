import { once } from 'node:events';
import { createServer, Server, Socket } from 'node:net';

import { isHealthCheck } from '../../protocol/echo';
import { checkEcho } from './echo_check';
import { resetSocket } from '../../server/testing/reset_socket';

let server: Server | undefined;
afterEach(() => server?.close());

/** Starts a server whose connections are handled so, and tells its port. */
async function serve(handle: (socket: Socket) => void): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    handle(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a server that echoes answers, also byte by byte', async () => {
  const port = await serve((socket) => {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      for (const byte of chunk) socket.write(Buffer.of(byte));
    });
  });
  await checkEcho('127.0.0.1', port, 2_000);
});

test('it says that it is a health check', async () => {
  const lines: Buffer[] = [];
  const port = await serve((socket) => {
    socket.on('data', (line: Buffer) => {
      lines.push(line);
      socket.write(line);
    });
  });
  await checkEcho('127.0.0.1', port, 2_000);
  expect(lines.map(isHealthCheck)).toEqual([true]);
});

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['that says nothing', () => undefined, /no answer from 127\.0\.0\.1:\d+ within 100 ms/],
  [
    'that says something else',
    (socket) => socket.write('HTTP/1.1 400'),
    /answers something else than an ECHO/,
  ],
  ['that closes', (socket) => socket.end(), /closes without an answer/],
  ['that answers half and closes', (socket) => socket.end('ECHO '), /closes without an answer/],
  ['that resets', (socket) => socket.on('data', () => resetSocket(socket)), /ECONNRESET/],
])('a server %s fails', async (_, handle, message) => {
  const port = await serve(handle);
  await expect(checkEcho('127.0.0.1', port, 100)).rejects.toThrow(message);
});

test('no server at all fails', async () => {
  const port = await serve(() => undefined);
  server?.close();
  await expect(checkEcho('127.0.0.1', port, 1_000)).rejects.toThrow(/ECONNREFUSED/);
});

test('a server that trickles its answer is given no more time', async () => {
  const port = await serve((socket) => {
    socket.on('data', (chunk: Buffer) => {
      let offset = 0;
      const timer = setInterval(() => socket.write(chunk.subarray(offset, ++offset)), 60);
      socket.on('close', () => clearInterval(timer));
    });
  });
  await expect(checkEcho('127.0.0.1', port, 200)).rejects.toThrow(/no answer/);
}, 10_000);
