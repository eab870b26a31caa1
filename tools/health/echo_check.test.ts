import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import { isHealthCheck } from '../../protocol/echo';
import { Authority, Certificate, pem } from '../../tests/support/certificates';
import { checkEcho } from './echo_check';
import { openOverTls, TlsOptions } from './tls_connection';
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

describe('over TLS', () => {
  let folder: string;
  let ca: string;
  let own: TlsOptions;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'echo-check-'));
    const authority = await Authority.make(folder, 'ca');
    ca = pem(authority.certificate);
    own = pemOf(await authority.sign({ uri: 'lottery:agency-1' }));
    const asked = { requestCert: true, rejectUnauthorized: true, ca };
    const credentials = { ...pemOf(await authority.sign({ hosts: ['lottery.example'] })), ...asked };
    tlsServer = createTlsServer(credentials, (socket) => void socket.pipe(socket));
    tlsServer.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(tlsServer, 'listening');
    const address = tlsServer.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  let tlsServer: Server;
  afterAll(() => {
    tlsServer.close();
    rmSync(folder, { recursive: true });
  });

  const pemOf = ({ certificate, key }: Certificate): TlsOptions => ({
    cert: pem(certificate),
    key: pem(key),
  });

  test('a server that echoes answers to who has a certificate', async () => {
    await checkEcho('127.0.0.1', port, 2_000, openOverTls({ ca, ...own, serverName: 'lottery.example' }));
  });

  test.each<[string, () => TlsOptions, RegExp]>([
    ['of another name', () => ({ ca, ...own }), /127\.0\.0\.1 is not in the cert's list/],
    [
      'of a name that is an address',
      () => ({ ca, ...own, serverName: '127.0.0.2' }),
      /127\.0\.0\.2 is not in/,
    ],
    [
      'of a CA that is not believed',
      () => ({ ...own, serverName: 'lottery.example' }),
      /unable to get|self-signed/,
    ],
    ['that wants a certificate', () => ({ ca, serverName: 'lottery.example' }), /certificate required/i],
  ])('a server %s fails', async (_, tls, message) => {
    await expect(checkEcho('127.0.0.1', port, 2_000, openOverTls(tls()))).rejects.toThrow(message);
  });

  test('a server without TLS fails', async () => {
    const plain = await serve((socket) => socket.end('no TLS is spoken here'));
    await expect(checkEcho('127.0.0.1', plain, 2_000, openOverTls({ ca, ...own }))).rejects.toThrow(
      /wrong version number/,
    );
  });
});
