import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import { isHealthCheck } from '../../protocol/echo';
import type { NamedFile } from '../../program/named_file';
import type { TlsFiles } from '../../program/tls/tls_files';
import { Authority, pem } from '../../tests/support/certificates';
import { checkEcho, Open } from './echo_check';
import { openOverTls } from './tls_connection';
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
  const NAME = 'lottery.example';
  let folder: string;
  let ca: NamedFile;
  let own: TlsFiles;
  let port: number;
  let tlsServer: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'echo-check-'));
    const authority = await Authority.make(folder, 'ca');
    ca = { setting: '--ca:', path: authority.certificate };
    const { certificate, key } = await authority.sign({ uri: 'lottery:agency-1' });
    own = { certificate: { setting: '--cert:', path: certificate }, key: { setting: '--key:', path: key } };
    const server = await authority.sign({ hosts: [NAME] });
    const asked = { requestCert: true, rejectUnauthorized: true, ca: pem(authority.certificate) };
    const credentials = { cert: pem(server.certificate), key: pem(server.key), ...asked };
    tlsServer = createTlsServer(credentials, (socket) => void socket.pipe(socket));
    tlsServer.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(tlsServer, 'listening');
    const address = tlsServer.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    tlsServer.close();
    rmSync(folder, { recursive: true });
  });

  test('a server that echoes answers to who has a certificate', async () => {
    await checkEcho('127.0.0.1', port, 2_000, openOverTls({ ca, ...own }, NAME));
  });

  test.each<[string, () => Open, RegExp]>([
    ['of another name', () => openOverTls({ ca, ...own }), /127\.0\.0\.1 is not in the cert's list/],
    [
      'of a name that is an address',
      () => openOverTls({ ca, ...own }, '127.0.0.2'),
      /127\.0\.0\.2 is not in the cert's list/,
    ],
    ['of a CA that is not believed', () => openOverTls(own, NAME), /unable to get|self-signed/],
    ['that wants a certificate', () => openOverTls({ ca }, NAME), /certificate required/i],
  ])('a server %s fails', async (_, open, message) => {
    await expect(checkEcho('127.0.0.1', port, 2_000, open())).rejects.toThrow(message);
  });

  test('a server without TLS fails', async () => {
    const plain = await serve((socket) => socket.end('no TLS is spoken here'));
    const open = openOverTls({ ca, ...own });
    await expect(checkEcho('127.0.0.1', plain, 2_000, open)).rejects.toThrow(/wrong version number/);
  });

  test('a file that is of no use is named', () => {
    expect(() => openOverTls({ ca: { setting: '--ca:', path: own.key!.path } })).toThrow(
      /^--ca: .*\.key holds no certificate in PEM form$/,
    );
  });
});
