import { createServer } from 'node:net';
import { once } from 'node:events';

import { connectOverTcp } from './tcp_transport';

/** Why a connection to this address has failed. */
function reasonOf(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    connectOverTcp(
      host,
      port,
    )({
      connected: () => resolve('connected'),
      received: () => undefined,
      drained: () => undefined,
      lost: resolve,
    });
  });
}

test('a server whose name nobody knows may not run: that is said', async () => {
  const host = 'no-server.invalid';
  expect(await reasonOf(host, 1)).toMatch(
    /^(ENOTFOUND|EAI_AGAIN): no host is called no-server\.invalid: does the server run\?$/,
  );
});

test('a port on which nobody listens is told by its code', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  expect(await reasonOf('127.0.0.1', typeof address === 'object' ? (address?.port ?? 0) : 0)).toBe(
    'ECONNREFUSED',
  );
});
