import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authority, Certificate, pem } from '../../../tests/support/certificates';
import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { ConfigurationError } from '../../../program/exit';
import { Connection } from './connection';

const TIMEOUT_MS = 60_000;
const TLS_ONLY = [
  'hostssl all by_certificate all cert',
  'hostssl all all all trust',
  'hostnossl all all all reject',
];

describeWithPostgres('TLS to the database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-tls-'));
  let authority: Authority;
  let stranger: Authority;
  let client: Certificate;
  let foreign: Certificate;
  let server: PostgresServer;
  let expired: PostgresServer;
  let elsewhere: PostgresServer;
  let plain: PostgresServer;

  beforeAll(async () => {
    authority = await Authority.make(folder, 'authority');
    stranger = await Authority.make(folder, 'stranger');
    client = await authority.sign({ name: 'by_certificate' });
    foreign = await stranger.sign({ name: 'by_certificate' });
    server = await startWith(await authority.sign({ hosts: ['localhost', '0.0.0.0'] }));
    elsewhere = await startWith(await authority.sign({ hosts: ['elsewhere.example'] }));
    expired = await startWith(await authority.sign({ hosts: ['localhost'], days: -1 }));
    plain = await PostgresServer.start();
    const owner = await Connection.open({ url: urlOf(server, 'sslmode=require') });
    await owner.query('CREATE ROLE by_certificate LOGIN');
    await owner.end();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all([server, elsewhere, expired, plain].map((each) => each.remove()));
    rmSync(folder, { recursive: true });
  }, TIMEOUT_MS);

  const startWith = ({ certificate, key }: Certificate): Promise<PostgresServer> =>
    PostgresServer.start({
      settings: { ssl: 'on', ssl_ca_file: 'ca.crt' },
      files: { 'server.crt': pem(certificate), 'server.key': pem(key), 'ca.crt': pem(authority.certificate) },
      access: TLS_ONLY,
    });
  /** The server under the name of its certificate, unless another one is given. */
  const urlOf = (
    of: PostgresServer,
    parameters: string,
    { host = 'localhost', user = 'postgres' } = {},
  ): string => `${of.url().replace('postgres@127.0.0.1', `${user}:hidden@${host}`)}?${parameters}`;

  /** Whether a connection is encrypted. */
  async function isEncrypted(url: string): Promise<boolean | undefined> {
    const connection = await Connection.open({ url });
    const [row] = await connection.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    );
    await connection.end();
    return row?.ssl;
  }

  async function expectRefusal(url: string, ...lines: readonly RegExp[]): Promise<void> {
    const error: unknown = await Connection.open({ url, urlFrom: 'environment' }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).toMatch(/^environment: DATABASE_URL: [^\n]*$/);
    for (const line of lines) expect(message).toMatch(line);
    expect(message).not.toContain('hidden');
  }

  const IP = { host: '127.0.0.1' };
  /** An address that the settings take for one of another machine's; connections to it come back to this one. */
  const OTHER = { host: '0.0.0.0' };

  test('verify-full: a host with a certificate of the CA in its name', async () => {
    const parameters = `sslmode=verify-full&sslrootcert=${authority.certificate}`;
    expect(await isEncrypted(urlOf(server, parameters))).toBe(true);
    await expectRefusal(
      urlOf(server, parameters, IP),
      /127\.0\.0\.1:[0-9]+: the server's certificate is for another name: .*127\.0\.0\.1.*/,
    );
  });

  test('verify-ca: any host with a certificate of the CA', async () => {
    const parameters = `sslmode=verify-ca&sslrootcert=${authority.certificate}`;
    expect(await isEncrypted(urlOf(server, parameters, IP))).toBe(true);
  });

  test('require: encrypted, whoever it is, unless a CA is named', async () => {
    expect(await isEncrypted(urlOf(server, 'sslmode=require', IP))).toBe(true);
    expect(await isEncrypted(urlOf(expired, 'sslmode=require', IP))).toBe(true);
    const named = `sslmode=require&sslrootcert=${stranger.certificate}`;
    await expectRefusal(urlOf(server, named), /certificate is not one of .*stranger\.crt/);
    await expectRefusal(urlOf(plain, 'sslmode=require'), /the server offers no TLS, and sslmode is require/);
  });

  test('prefer and allow: the one way, and then the other', async () => {
    expect(await isEncrypted(urlOf(server, 'sslmode=prefer', IP))).toBe(true);
    expect(await isEncrypted(urlOf(plain, 'sslmode=prefer', IP))).toBe(false);
    expect(await isEncrypted(urlOf(server, 'sslmode=allow', IP))).toBe(true);
    expect(await isEncrypted(urlOf(plain, 'sslmode=allow', IP))).toBe(false);
  });

  test('disable, and no sslmode at a host of this machine: not encrypted', async () => {
    expect(await isEncrypted(urlOf(plain, 'sslmode=disable'))).toBe(false);
    expect(await isEncrypted(urlOf(plain, ''))).toBe(false);
    expect(await isEncrypted(urlOf(plain, '', IP))).toBe(false);
    await expectRefusal(urlOf(server, 'sslmode=disable'), /no encryption.*sslmode=verify-full/);
    await expectRefusal(urlOf(server, ''), /no encryption.*sslmode=verify-full/);
  });

  test.each(['verify-ca', 'verify-full'])(
    '%s: another CA, and a certificate that has expired',
    async (mode) => {
      const by = ({ certificate }: Authority): string => `sslmode=${mode}&sslrootcert=${certificate}`;
      await expectRefusal(urlOf(server, by(stranger)), /certificate is not one of .*stranger\.crt/);
      await expectRefusal(urlOf(expired, by(authority)), /certificate.* has expired/);
    },
  );

  test('verify-full without a CA trusts the public ones', async () => {
    await expectRefusal(urlOf(server, 'sslmode=verify-full'), /not one of a public CA \(sslrootcert names/);
  });

  describe('no sslmode, and a host that is not this machine', () => {
    const DEFAULT =
      /; without sslmode .* must prove who it is \(verify-full\): sslrootcert=FILE .*; sslmode=disable is for a network that nobody else reads$/;

    test('it is encrypted, and the certificate verified', async () => {
      const named = `sslrootcert=${authority.certificate}`;
      expect(await isEncrypted(urlOf(server, named, OTHER))).toBe(true);
      await expectRefusal(
        urlOf(server, '', OTHER),
        /the server's certificate is not one of a public CA;/,
        DEFAULT,
      );
      const foreignCa = `sslrootcert=${stranger.certificate}`;
      await expectRefusal(urlOf(server, foreignCa, OTHER), /not one of .*stranger\.crt;/, DEFAULT);
      await expectRefusal(urlOf(expired, named, OTHER), /certificate.* has expired;/, DEFAULT);
      await expectRefusal(urlOf(elsewhere, named, OTHER), /is for another name: .*;/, DEFAULT);
    });

    test('a server without TLS is refused, and taken when that is asked for', async () => {
      await expectRefusal(urlOf(plain, '', OTHER), /the server offers no TLS;/, DEFAULT);
      expect(await isEncrypted(urlOf(plain, 'sslmode=disable', OTHER))).toBe(false);
      expect(await isEncrypted(urlOf(plain, 'sslmode=prefer', OTHER))).toBe(false);
    });

    test('each host of several is tried by itself', async () => {
      const withLocal = (of: PostgresServer, first: string): string =>
        urlOf(of, '', { host: `${first}:${new URL(of.url()).port},localhost` });
      expect(await isEncrypted(withLocal(plain, OTHER.host))).toBe(false);
      await expectRefusal(withLocal(server, 'localhost'), /no encryption/);
    });
  });

  test('a client certificate', async () => {
    const by = ({ certificate, key }: Certificate): string =>
      urlOf(server, `sslmode=require&sslcert=${certificate}&sslkey=${key}`, { user: 'by_certificate' });
    expect(await isEncrypted(by(client))).toBe(true);
    await expectRefusal(by(foreign), /refuses the client certificate .*stranger-1\.crt/);
    await expectRefusal(
      urlOf(server, 'sslmode=require', { user: 'by_certificate' }),
      /requires a valid client certificate/,
    );
    await expectRefusal(
      by({ ...client, key: foreign.key }),
      /sslkey .*stranger-1\.key is not the key of the certificate .*authority-1\.crt/,
    );
    const open = join(folder, 'open.key');
    copyFileSync(client.key, open);
    chmodSync(open, 0o644);
    await expectRefusal(by({ ...client, key: open }), /sslkey .*open\.key can be read by others: chmod 600/);
  });

  test('a file that is not there, and one that holds no certificate', async () => {
    const by = (file: string): string => urlOf(server, `sslmode=verify-full&sslrootcert=${file}`);
    await expectRefusal(by('/nowhere/ca.crt'), /sslrootcert \/nowhere\/ca\.crt cannot be read: .*ENOENT/);
    await expectRefusal(by(client.key), /sslrootcert .*authority-1\.key holds no certificate/);
  });
});
