/** The console over HTTPS: whom it believes, and what it shows. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TlsFiles } from '../../../program/tls/tls_files';
import { Authority, Certificate, pem } from '../../../tests/support/certificates';
import { closeStubs, stubServer } from '../testing/stub_server';
import { ApiClient } from './api_client';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'ask-tls-'));
let authority: Authority;
beforeAll(async () => (authority = await Authority.make(folder, 'ca')));
afterAll(() => rmSync(folder, { recursive: true }));

let end: () => void = () => undefined;
afterEach(() => {
  end();
  closeStubs();
});

/** Starts a server that answers with the URI of the client's certificate. @returns its URL */
async function serve({ certificate, key }: Certificate): Promise<URL> {
  const options = {
    cert: pem(certificate),
    key: pem(key),
    ca: pem(authority.certificate),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(options, (request, response) => {
    const { socket } = request as unknown as { socket: import('node:tls').TLSSocket };
    response.end(socket.getPeerX509Certificate()?.subjectAltName ?? 'nobody');
  }).listen(0, '127.0.0.1');
  end = () => {
    server.closeAllConnections();
    server.close();
  };
  await once(server, 'listening');
  return new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
}

const named = (path: string) => ({ setting: 'here:', path });
const asking = async (url: URL, tls: TlsFiles): Promise<string> =>
  (
    await new ApiClient({ url, token: undefined, tls }).ask({ method: 'PUT', path: '/draw' }, never)
  ).body.toString();

test('it shows the certificate that it was given', async () => {
  const url = await serve(await authority.sign({ hosts: ['localhost'] }));
  const own = await authority.sign({ uri: 'lottery:operator' });
  const ca = named(authority.certificate);
  expect(await asking(url, { ca, certificate: named(own.certificate), key: named(own.key) })).toBe(
    'URI:lottery:operator',
  );
  expect(await asking(url, { ca })).toBe('nobody');
  const kept = new ApiClient({ url, token: undefined, tls: { ca } }).withKeptConnections(1);
  expect((await kept.ask({ method: 'GET', path: '/draw' }, never)).status).toBe(200);
  kept.close();
});

test.each([
  [
    'has expired',
    { hosts: ['localhost'], days: -1 },
    /: the server's certificate, or that of its CA, has expired$/,
  ],
  [
    'is for another name',
    { hosts: ['lottery.example'] },
    /: the server's certificate is for another name: .*localhost/,
  ],
])('a server whose certificate %s is told in one line', async (_, wish, line) => {
  const url = await serve(await authority.sign(wish));
  await expect(asking(url, { ca: named(authority.certificate) })).rejects.toThrow(line);
});

test('so is one of an unknown CA, and one without TLS', async () => {
  const url = await serve(await authority.sign({ hosts: ['localhost'] }));
  const other = await Authority.make(folder, 'other');
  await expect(asking(url, { ca: named(other.certificate) })).rejects.toThrow(
    /: the server's certificate is not one of \S+other\.crt$/,
  );
  await expect(asking(url, {})).rejects.toThrow(
    /is not one of a public CA \(--ca names the file of your own\)$/,
  );
  const plain = new URL((await stubServer(() => undefined)).address.replace('http:', 'https:'));
  await expect(asking(plain, {})).rejects.toThrow(
    /: the server speaks no TLS there: http:\/\/ is for one without$/,
  );
});
