import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server } from 'node:net';

import { resetSocket } from './reset_socket';

let server: Server;
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => server.close());

test.each([
  ['that is open', false],
  ['that has begun to end', true],
])('a socket %s is closed', async (_, isEnding) => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  if (isEnding) socket.end();
  resetSocket(socket);
  await closed;
});
