import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, SecureVersion } from 'node:tls';

import { partyOfCertificate } from '../../server/doors/identity/certificate_party';
import { x509 } from '../../server/doors/identity/x509';
import { Authority, Certificate, pem } from '../../tests/support/certificates';
import { Issuer, numberOf } from './issue';

const AGENCY = { uri: 'lottery:agency-7' };
const folder = mkdtempSync(join(tmpdir(), 'lottery-issue-'));
let authority: Authority;
let server: Certificate;
let agency: Certificate;

beforeAll(async () => {
  authority = await Authority.make(folder, 'ca');
  server = await authority.sign({ hosts: ['localhost', '127.0.0.1', '::1'] });
  agency = await authority.sign(AGENCY);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Parties {
  readonly of?: Certificate;
  readonly by?: Certificate;
  readonly servername?: string;
  readonly version?: SecureVersion;
}

/** Both sides of a handshake in which each has a certificate: `done`, or why it does not believe the other's. */
async function handshake({ of = server, by = agency, servername = '', version = 'TLSv1.3' }: Parties) {
  const ca = pem(authority.certificate);
  const side = ({ certificate, key }: Certificate) => ({ ca, cert: pem(certificate), key: pem(key) });
  const door = createServer({
    ...side(of),
    crl: pem(authority.revocations),
    requestCert: true,
    rejectUnauthorized: false,
    maxVersion: version,
    minVersion: version,
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as AddressInfo;
  const ofServer = new Promise((resolve) => {
    door.on('secureConnection', (socket) => {
      resolve(socket.authorized ? 'done' : socket.authorizationError);
      socket.end();
    });
    door.on('tlsClientError', () => resolve('left alone'));
  });
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...(servername === '' ? {} : { servername }),
    ...side(by),
  });
  const ofClient = new Promise((resolve) => {
    socket.on('secureConnect', () => resolve('done'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
  const outcome = { client: await ofClient, server: await ofServer };
  socket.destroy();
  door.close();
  return outcome;
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s: both believe each other', async (version) => {
  const done = { client: 'done', server: 'done' };
  expect(await handshake({ version })).toEqual(done);
  expect(await handshake({ version, servername: 'localhost' })).toEqual(done);
});

test('a server under another name, late, of another authority, or that is a client', async () => {
  const refused = async (parties: Parties) => (await handshake(parties)).client;
  const hosts = ['127.0.0.1'];
  const stranger = await Authority.make(folder, 'another');
  expect(await refused({ servername: 'lottery.example' })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  expect(await refused({ of: await authority.sign({ hosts, days: -1 }) })).toBe('CERT_HAS_EXPIRED');
  expect(await refused({ of: await authority.sign({ hosts, from: 1 }) })).toBe('CERT_NOT_YET_VALID');
  expect(await refused({ of: await stranger.sign({ hosts }) })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect(await refused({ of: await authority.sign({ hosts, purpose: 'client' }) })).toBe('INVALID_PURPOSE');
});

test('a client that is late, early, of another authority, or that is a server', async () => {
  const refused = async (by: Certificate) => (await handshake({ by })).server;
  const stranger = await Authority.make(folder, 'stranger');
  expect(await refused(await authority.sign({ ...AGENCY, days: -1 }))).toBe('CERT_HAS_EXPIRED');
  expect(await refused(await authority.sign({ ...AGENCY, from: 1 }))).toBe('CERT_NOT_YET_VALID');
  expect(await refused(await authority.sign({ ...AGENCY, purpose: 'server' }))).toBe('INVALID_PURPOSE');
  expect(await refused(await stranger.sign(AGENCY))).toMatch(/^UNABLE_TO_/);
});

test('a client that was revoked, beside one that was revoked before', async () => {
  const [one, other] = [await authority.sign(AGENCY), await authority.sign(AGENCY)];
  const before = numberOf(new x509.X509Crl(pem(authority.revocations)));
  await authority.revoke(one);
  await authority.revoke(other);
  expect((await handshake({ by: one })).server).toBe('CERT_REVOKED');
  expect((await handshake({ by: other })).server).toBe('CERT_REVOKED');
  expect((await handshake({})).server).toBe('done');
  expect(numberOf(new x509.X509Crl(pem(authority.revocations)))).toBe(before + 2);
});

test('what a certificate says of its holder', () => {
  const read = new X509Certificate(pem(agency.certificate));
  expect(partyOfCertificate(read, 7)).toBe(7);
  expect(read.ca).toBe(false);
  expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(read.checkIssued(new X509Certificate(pem(authority.certificate)))).toBe(true);
  expect(read.serialNumber).toMatch(/^[0-9A-F]{20,40}$/);
});

test('no two serial numbers are alike', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => authority.sign(AGENCY)));
  const numbers = made.map(({ certificate }) => new X509Certificate(pem(certificate)).serialNumber);
  expect(new Set(numbers).size).toBe(20);
});

test.each([
  [0, '020100'],
  [1, '020101'],
  [127, '02017f'],
  [128, '02020080'],
  [255, '020200ff'],
  [256, '02020100'],
  [32_768, '0203008000'],
  [2 ** 40, '0206010000000000'],
])('a list has the number %d, as an INTEGER of DER', async (number, der) => {
  const dates = { from: new Date(0), until: new Date(1e12) };
  const issuer = await Issuer.of(await Issuer.make('a test', dates));
  const list = new x509.X509Crl(await issuer.listRevoked({ number, entries: [], ...dates }));
  expect(Buffer.from(list.getExtension('2.5.29.20')!.value).toString('hex')).toBe(der);
  expect(numberOf(list)).toBe(number);
});
