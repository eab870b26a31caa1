import { createServer } from 'node:net';
import { once } from 'node:events';

import { ServerProcess } from './server_process';
import { freePort } from '../../tools/free_port';
import { prepared } from './starting';
import { RedisWire } from './wires/redis_wire';

const PREPARATION = { createWire: () => new RedisWire({ agency: 0, bets: Buffer.alloc(0), places: 1 }) };
const STAYING = ['-e', 'setInterval(() => undefined, 1000)'];

it('answers a port that can be listened on', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

it('tells the last words of a server that does not start', async () => {
  const server = new ServerProcess(process.execPath, [
    '-e',
    'console.error("no room"); process.exitCode = 1',
  ]);
  await expect(prepared(server, await freePort(), PREPARATION)).rejects.toThrow(
    'the server has ended: no room',
  );
});

it('tells of a program that cannot be run', async () => {
  const server = new ServerProcess('/no/such/program', []);
  await expect(prepared(server, await freePort(), PREPARATION)).rejects.toThrow('ENOENT');
});

it('is prepared when every answer has come, and stops the server', async () => {
  const heard: string[] = [];
  const store = createServer((socket) => {
    socket.on('data', (bytes: Buffer) => {
      heard.push(bytes.toString());
      socket.write('+OK\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(store, 'listening');
  const address = store.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const server = new ServerProcess(process.execPath, STAYING);
  const request = Buffer.from('make the table');
  const running = await prepared(server, port, { ...PREPARATION, request });
  await running.stop();
  store.close();
  expect(heard).toEqual(['*1\r\n$4\r\nPING\r\n', 'make the table']);
  expect(() => server.check()).toThrow('the server has ended');
});
