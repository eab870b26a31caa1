/** A real server over HTTPS and memcached over TLS: curl, the console, versions of TLS, revocation, and the end. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls, ConnectionOptions, TLSSocket } from 'node:tls';

import { DIST } from '../support/built';
import { Authority, Certificate, CertificateWish, pem } from '../support/certificates';
import { ConsoleStage } from '../support/consoles';
import { mutualTlsSettings } from '../support/mutual_tls';
import { expectStopInTime, httpPortOf, memcachedPortOf, Program } from '../support/programs';
import { describeUnless } from '../support/skipping';

const CSV_LINE = '1,Ana,Paz,31204458,1987-03-17,7574\n';
const TOKEN = 'an-agency-token-of-a-test';
/** The first bytes of a handshake (RFC 8446, 5.1). */
const HELLO = Buffer.from('160301', 'hex');

let stage: ConsoleStage;
let authority: Authority;
beforeEach(async () => {
  stage = new ConsoleStage();
  authority = await Authority.make(stage.folder, 'ca');
});
afterEach(() => stage.close());

async function start(settings: Record<string, string> = {}, wish: CertificateWish = {}) {
  const { server } = await stage.startServer({
    ...(await mutualTlsSettings(authority, wish)),
    HTTP_PORT: '0',
    MEMCACHED_PORT: '0',
    AGENCIES: '2',
    ...settings,
  });
  return { server, http: await httpPortOf(server), memcached: await memcachedPortOf(server) };
}

const certificateOf = (party: string): Promise<Certificate> => authority.sign({ uri: `lottery:${party}` });

/** Connects over TLS. */
async function open(port: number, own?: Certificate, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const files = own === undefined ? {} : { cert: pem(own.certificate), key: pem(own.key) };
  const place = { host: '127.0.0.1', port, servername: 'localhost', ca: pem(authority.certificate) };
  const socket = connectTls({ ...place, ...files, ...options });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** What comes on a socket: resolves when it matches, or fails with all that has come when it ends before. */
async function received(socket: TLSSocket, pattern: RegExp): Promise<void> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (pattern.test(text)) return;
  }
  throw new Error(`${String(pattern)} has not come: ${text}`);
}

const curlVersion = spawnSync('curl', ['--version'], { encoding: 'utf8' });
const CURL_ABSENCE =
  curlVersion.status === 0 && /\bSSL\b/.test(curlVersion.stdout)
    ? undefined
    : 'no curl with TLS on this machine; install it (Debian: apt-get install curl)';

describeUnless(CURL_ABSENCE)('curl', () => {
  /** @returns the status, and what else curl says */
  function curl(port: number, path: string, own?: Certificate, ...words: string[]): string {
    const certificate = own === undefined ? [] : ['--cert', own.certificate, '--key', own.key];
    const written = ['--silent', '--show-error', '--write-out', '\n%{http_code}', '--max-time', '30'];
    const url = `https://localhost:${port}${path}`;
    const given = ['--noproxy', '*', '--cacert', authority.certificate, ...certificate, ...written, ...words];
    const { stdout, stderr } = spawnSync('curl', [...given, url], { encoding: 'utf8', input: CSV_LINE });
    return `${stdout}${stderr}`;
  }

  test('sells, finishes and reads with the certificates of an agency, the operator and the auditor', async () => {
    const { http } = await start();
    const [one, two, auditor] = await Promise.all(['agency-1', 'agency-2', 'auditor'].map(certificateOf));
    const csv = ['--upload-file', '-', '--header', 'Content-Type: text/csv'];
    for (const version of ['--tlsv1.2', '--tlsv1.3']) {
      const only = [version, '--tls-max', version.slice('--tlsv'.length)];
      expect(curl(http, '/agencies/1/batches/1', one, ...csv, ...only)).toMatch(/"outcome":"stored"|20[01]$/);
    }
    expect(curl(http, '/agencies/1/batches/2', two, ...csv)).toMatch(/"code":"forbidden"[^]*\n403$/);
    expect(curl(http, '/agencies/1/batches/1', auditor)).toMatch(/31204458[^]*\n200$/);
    expect(curl(http, '/agencies/1/finish', auditor, '--request', 'PUT')).toMatch(/writes nothing[^]*\n403$/);
    expect(curl(http, '/agencies/1/batches/1')).toMatch(/needs a certificate of the lottery's CA[^]*\n401$/);
    expect(curl(http, '/draw')).toMatch(/\n200$/);
    expect(curl(http, '/draw', undefined, '--dump-header', '-')).toMatch(
      /^HTTP\/1\.1 200[^]*\r\nstrict-transport-security: max-age=31536000\r\n/i,
    );
    for (const [agency, own] of [one, two].entries()) {
      expect(curl(http, `/agencies/${agency + 1}/finish`, own, '--request', 'PUT')).toMatch(/\n200$/);
    }
    expect(curl(http, '/agencies/1/winners?wait=30', one)).toMatch(/\["31204458"\][^]*\n200$/);
  });

  test('without TLS is told that the port speaks HTTPS', async () => {
    const { http } = await start();
    const words = ['--silent', '--noproxy', '*', `http://localhost:${http}/draw`];
    const { stdout } = spawnSync('curl', words, { encoding: 'utf8' });
    expect(stdout).toMatch(/"status":400,"detail":"this port speaks HTTPS/);
  });
});

test('a token and a certificate of different parties are refused; who has no certificate has the token', async () => {
  const tokens = stage.path('tokens.ini');
  writeFileSync(tokens, `1 = ${TOKEN}\n`, { mode: 0o600 });
  const { http } = await start({ HTTP_TOKENS_FILE: tokens });
  const request = `GET /agencies/1/notes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;
  for (const [own, answer] of [
    [await certificateOf('agency-1'), /^HTTP\/1\.1 200 /],
    [await certificateOf('agency-2'), /^HTTP\/1\.1 403 [^]*of different parties/],
    [await certificateOf('operator'), /^HTTP\/1\.1 403 [^]*of different parties/],
    [undefined, /^HTTP\/1\.1 200 /],
  ] as const) {
    const socket = await open(http, own);
    socket.write(request);
    await received(socket, answer);
    socket.destroy();
  }
});

test('who is revoked in the middle of a body, a wait or a value is out at once, and nothing of it is stored', async () => {
  const { server, http, memcached } = await start();
  const [revoked, other] = [await certificateOf('agency-1'), await certificateOf('agency-1')];
  const head =
    `PUT /agencies/1/batches/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n` +
    `Content-Length: ${CSV_LINE.length}\r\nExpect: 100-continue\r\n\r\n`;
  const [body, waiting, value, kept] = await Promise.all([
    open(http, revoked),
    open(http, revoked),
    open(memcached, revoked),
    open(http, other),
  ]);
  for (const socket of [body, kept]) {
    socket.write(head);
    await received(socket, /100 Continue/);
    socket.write(CSV_LINE.slice(0, 10));
  }
  waiting.write('GET /agencies/1/winners?wait=300 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  value.write('set a 0 0 1\r\nx\r\nset b 0 0 10\r\nhalf');
  await received(value, /STORED/);
  const closed = [body, waiting, value].map((socket) => once(socket.resume(), 'close'));
  await authority.revoke(revoked);
  server.signal('SIGHUP');
  await Promise.all(closed);
  await server.untilOutput(/action: revoke \| result: success \| door: http \| connections: 2/);
  await server.untilOutput(/action: revoke \| result: success \| door: memcached \| connections: 1/);
  const sums = await open(http);
  sums.write('GET /agencies/1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await received(sums, /"bets":0,/);
  kept.write(CSV_LINE.slice(10));
  await received(kept, /HTTP\/1\.1 201 /);
  for (const socket of [sums, kept]) socket.destroy();
});

test('SIGTERM is answered within a second, whatever connections are idle, in a handshake or busy', async () => {
  const { server, http, memcached } = await start();
  const own = await certificateOf('agency-1');
  for (const port of [http, memcached]) {
    await open(port, own);
    const stalled = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
    await once(stalled, 'connect');
    stalled.write(HELLO);
    const silent = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
    await once(silent, 'connect');
  }
  const used = await open(http);
  used.write('GET /draw HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await received(used, /200 OK/);
  const waiting = await open(http, own);
  waiting.write('GET /agencies/1/winners?wait=300 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const busy = await open(http, own);
  busy.write(
    'PUT /agencies/1/batches/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\n1',
  );
  await expectStopInTime(server);
  expect(await server.exit).toBe(0);
});

test('addresses that may not connect are closed at once', async () => {
  const { server, http, memcached } = await start({
    HTTP_ALLOW: '192.0.2.0/24',
    MEMCACHED_ALLOW: '192.0.2.1',
  });
  for (const port of [http, memcached]) await expect(open(port)).rejects.toThrow();
  await server.untilOutput(
    /accept_connections \| result: fail \| door: http \| reason: this address may not connect/,
  );
});

describe('the console', () => {
  const words = (port: number, own?: Certificate, ca = authority.certificate): string[] => [
    ...['--at', `https://localhost:${port}`, '--ca', ca],
    ...(own === undefined ? [] : ['--cert', own.certificate, '--key', own.key]),
  ];

  test('asks with a certificate', async () => {
    const { http } = await start();
    const operator = await stage.ask(words(http, await certificateOf('operator')), ['set a b', 'get a']);
    expect(operator).toMatchObject({ exit: 0, output: 'a: stored, new, 1 byte\nb\n' });
    const agency = await stage.ask(words(http, await certificateOf('agency-1')), ['set a c']);
    expect(agency.errors).toMatch(/forbidden \(403\): this needs the operator's certificate/);
    const expired = await authority.sign({ uri: 'lottery:operator', days: -1 });
    expect((await stage.ask(words(http, expired), ['set a c'])).errors).toMatch(
      /line 1: unauthorized \(401\): the certificate has expired; this needs/,
    );
  });

  test.each<[string, CertificateWish, RegExp]>([
    ['has expired', { days: -1 }, /the server's certificate, or that of its CA, has expired\n$/],
    ['is for another name', { hosts: ['lottery.example'] }, /the server's certificate is for another name: /],
  ])('ends with one line where the server’s certificate %s', async (_, wish, line) => {
    const { http } = await start({}, wish);
    const { exit, errors } = await stage.ask(words(http), ['draw']);
    expect(exit).toBe(1);
    expect(errors).toMatch(/^no answer from https:[^\n]+\n$/);
    expect(errors).toMatch(line);
  });

  test('and where it is of another CA, or a file cannot be used', async () => {
    const { http } = await start();
    const other = await Authority.make(stage.folder, 'other');
    const { exit, errors } = await stage.ask(words(http, undefined, other.certificate), ['draw']);
    expect([exit, errors]).toEqual([
      1,
      expect.stringMatching(/^no answer [^\n]+ is not one of \S+other\.crt\n$/),
    ]);
    const none = await stage.ask(words(http, undefined, stage.path('none.pem')), ['draw']);
    expect([none.exit, none.errors]).toEqual([2, expect.stringMatching(/^--ca: [^\n]+ENOENT[^\n]*\n$/)]);
  });
});

describe('the health check of the image', () => {
  const check = (environment: Record<string, string>): Promise<number | string> => {
    const configuration = stage.path('config.ini');
    writeFileSync(configuration, '[DEFAULT]\n');
    const program: Program = stage.run('tools/health/health_check.js', environment, [
      '--configuration',
      configuration,
    ]);
    return program.exit;
  };

  test('finds a server whose only port for agencies is over TLS', async () => {
    const own = await authority.sign({ hosts: ['lottery.example'] });
    const settings = { SERVER_PORT: 'off', SERVER_TLS_PORT: '0', SERVER_TLS_ADDRESS: '127.0.0.1' };
    const server = stage.run('server/main.js', {
      ...settings,
      SERVER_TLS_CERT: own.certificate,
      SERVER_TLS_KEY: own.key,
      SERVER_TLS_CLIENT_CA: authority.certificate,
      DATA_DIR: stage.path('ledger'),
    });
    const [, port = ''] = await server.untilOutput(
      /accept_connections \| result: in_progress \| port: (\d+) \| tls: true/,
    );
    expect(await check({ ...settings, SERVER_TLS_PORT: port })).toBe(0);
    server.signal('SIGTERM');
    await server.exit;
    expect(await check({ ...settings, SERVER_TLS_PORT: port })).toBe(1);
  });

  test('and one with a port without TLS', async () => {
    const { port } = await stage.startServer();
    expect(await check({ SERVER_PORT: String(port) })).toBe(0);
    expect(await check({ SERVER_PORT: 'off' })).toBe(2);
  });
});

test('nothing of TLS is loaded by a server without it', () => {
  const { status } = spawnSync(process.execPath, [
    '-e',
    `
    require(process.argv[1] + '/server/more_doors.js');
    require(process.argv[1] + '/server/doors/http/http_door.js');
    require(process.argv[1] + '/server/doors/memcached/memcached_door.js');
    process.exit(Object.keys(require.cache).some((file) => file.includes('/doors/tls/')) ? 1 : 0);
  `,
    DIST,
  ]);
  expect(status).toBe(0);
});
