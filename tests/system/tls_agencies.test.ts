/** Agencies and a server over mutual TLS, as processes: the main job, wrong certificates on either side, and revocation. */
import { copyFileSync, writeFileSync } from 'node:fs';

import { Authority, Certificate, CertificateWish } from '../support/certificates';
import { mutualTlsSettings } from '../support/mutual_tls';
import { Program, Stage, tlsPortOf } from '../support/programs';

let stage: Stage;
let authority: Authority;
beforeEach(async () => {
  stage = new Stage();
  authority = await Authority.make(stage.folder, 'ca');
});
afterEach(() => stage.close());

/** Starts a server whose only port for agencies is over mutual TLS. */
async function startServer(
  certificate: CertificateWish = {},
  environment: Record<string, string> = {},
): Promise<{ server: Program; port: number }> {
  const server = stage.run('server/main.js', {
    SERVER_PORT: 'off',
    SERVER_TLS_PORT: '0',
    SERVER_TLS_ADDRESS: '127.0.0.1',
    ...(await mutualTlsSettings(authority, certificate)),
    DATA_DIR: stage.path('ledger'),
    AGENCIES: '2',
    ...environment,
  });
  return { server, port: await tlsPortOf(server) };
}

function rowsOf(rows: number): string {
  const file = stage.path(`bets-${rows}.csv`);
  const text = Array.from(
    { length: rows },
    (_, row) => `Ana,Paz,${1_000 + row},1990-01-01,${row % 2 ? 7574 : 1}\n`,
  );
  writeFileSync(file, text.join(''));
  return file;
}

function startAgency(
  agency: number,
  port: number,
  own: Certificate | undefined,
  environment: Record<string, string> = {},
): Program {
  return stage.startAgency(agency, port, {
    CLI_SERVER_ADDRESS: `localhost:${port}`,
    CLI_SERVER_TLS_CA: authority.certificate,
    ...(own && { CLI_SERVER_TLS_CERT: own.certificate, CLI_SERVER_TLS_KEY: own.key }),
    CLI_DATA_FILE: rowsOf(500),
    ...environment,
  });
}

/** The one line that an agency ends with. */
async function lastLineOf(agency: Program): Promise<string> {
  const exit = await agency.exit;
  expect(agency.errors).toMatch(/^[^\n]+\n$/);
  return `${exit} ${agency.errors.trimEnd()}`;
}

const certificateOf = (agency: number): Promise<Certificate> =>
  authority.sign({ uri: `lottery:agency-${agency}` });

test('two agencies sell, finish and get their winners', async () => {
  const { server, port } = await startServer();
  const agencies = [1, 2].map(async (id) => startAgency(id, port, await certificateOf(id)));
  for (const agency of await Promise.all(agencies)) {
    expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
    expect(agency.output).toContain('cant_ganadores: 250');
  }
  expect(server.output).not.toMatch(/tls_handshake|open_door/);
});

describe('the agency ends with one line, and tries three times at most, where the server', () => {
  const cases: [string, CertificateWish, RegExp][] = [
    ['has expired', { days: -1 }, /^1 no connection to the server: the server's certificate, .*has expired/],
    [
      'is not valid yet',
      { from: 1 },
      /^1 no connection to the server: the server's certificate is not valid yet/,
    ],
    [
      'has another name',
      { hosts: ['lottery.example'] },
      /^1 no connection .* is for another name .*lottery\.example/,
    ],
    ['has a certificate for clients', { purpose: 'client' }, /^1 no connection .* not one for servers/],
  ];
  test.each(cases)('%s', async (_, certificate, line) => {
    const { port } = await startServer(certificate);
    const agency = startAgency(1, port, await certificateOf(1), { CLI_SERVER_GIVEUPAFTERMS: '0' });
    expect(await lastLineOf(agency)).toMatch(line);
    expect(agency.output.match(/action: connect \| result: in_progress/g)).toHaveLength(2);
  });

  test('is of another CA', async () => {
    const { port } = await startServer();
    const other = await Authority.make(stage.folder, 'other');
    const agency = startAgency(1, port, undefined, { CLI_SERVER_TLS_CA: other.certificate });
    expect(await lastLineOf(agency)).toMatch(/^1 no connection .* is not one of server\.tls\.ca/);
  });

  test('speaks no TLS', async () => {
    const { port } = await stage.startServer();
    expect(await lastLineOf(startAgency(1, port, undefined))).toBe(
      '1 no connection to the server: the server does not speak TLS on this port',
    );
  });
});

test('another name than that of the address may be expected', async () => {
  const { port } = await startServer({ hosts: ['lottery.example'] }, { AGENCIES: '1' });
  const agency = startAgency(1, port, await certificateOf(1), {
    CLI_SERVER_TLS_SERVERNAME: 'lottery.example',
  });
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
});

describe('the agency ends with the reason of the server, and nothing is placed, where it', () => {
  const cases: [string, CertificateWish | undefined, string][] = [
    ['has none', undefined, 'this needs a certificate, and there is none'],
    ['has expired', { uri: 'lottery:agency-1', days: -1 }, 'the certificate has expired'],
    [
      'is not valid yet',
      { uri: 'lottery:agency-1', from: 1 },
      'the certificate is not valid yet: a clock may be wrong',
    ],
    ['has that of agency 2', { uri: 'lottery:agency-2' }, "the certificate is another agency's"],
    ['is the auditor', { uri: 'lottery:auditor' }, 'an auditor reads, and writes nothing'],
  ];
  test.each(cases)('%s', async (_, wish, reason) => {
    const { server, port } = await startServer();
    const own = wish && (await authority.sign(wish));
    expect(await lastLineOf(startAgency(1, port, own))).toMatch(
      new RegExp(`^1 the server refuses (batch 1 of )?agency 1: forbidden: ${reason}$`),
    );
    expect(server.output).not.toMatch(/apuesta_recibida|receive_fin/);
  });
});

test('files that cannot be used are told at the start', async () => {
  const own = await certificateOf(1);
  const other = await certificateOf(2);
  const unreadable = startAgency(1, 1, own, { CLI_SERVER_TLS_CA: stage.path('nothing.pem') });
  expect(await lastLineOf(unreadable)).toMatch(/^2 \S+nothing\.pem: cannot be read: ENOENT/);
  const mixed = startAgency(1, 1, { certificate: own.certificate, key: other.key });
  expect(await lastLineOf(mixed)).toMatch(/^2 .*no certificate or key that can be used/);
  const half = startAgency(1, 1, undefined, { CLI_SERVER_TLS_CERT: own.certificate });
  expect(await lastLineOf(half)).toBe(
    '2 environment: CLI_SERVER_TLS_CERT: server.tls.cert: needs server.tls.key',
  );
});

test('an agency that is revoked while it waits for the draw is out at once, and the others are not', async () => {
  const { server, port } = await startServer();
  const [first, second] = [await certificateOf(1), await certificateOf(2)];
  const revoked = startAgency(1, port, first);
  await revoked.untilOutput(/action: send_fin/);
  await server.untilOutput(/receive_fin \| result: success \| agency: 1/);
  await authority.revoke(first);
  server.signal('SIGHUP');
  expect(await lastLineOf(revoked)).toBe(
    '1 the server refuses agency 1: forbidden: the certificate was revoked',
  );
  expect(server.output).toMatch(/action: reload \| result: success \| certificates: 4/);
  expect(server.output).toMatch(/action: revoke \| result: success \| door: tls \| connections: 1/);
  const other = startAgency(2, port, second);
  expect(`${await other.exit} ${other.errors}`).toBe('0 ');
  const renewed = startAgency(1, port, await certificateOf(1));
  expect(`${await renewed.exit} ${renewed.errors}`).toBe('0 ');
});

test('a certificate that is renewed is used without a restart, and half of one is not', async () => {
  const files = { SERVER_TLS_CERT: stage.path('server.pem'), SERVER_TLS_KEY: stage.path('server-key.pem') };
  const [expired, renewed] = [
    await authority.sign({ hosts: ['localhost'], days: -1 }),
    await authority.sign({ hosts: ['localhost'] }),
  ];
  copyFileSync(expired.certificate, files.SERVER_TLS_CERT);
  copyFileSync(expired.key, files.SERVER_TLS_KEY);
  const { server, port } = await startServer({}, { ...files, AGENCIES: '1' });
  const own = await certificateOf(1);
  expect(await lastLineOf(startAgency(1, port, own))).toMatch(/has expired/);
  copyFileSync(renewed.certificate, files.SERVER_TLS_CERT);
  server.signal('SIGHUP');
  await server.untilOutput(/action: reload \| result: fail \| reason: \S+server\.pem: does not go with/);
  expect(await lastLineOf(startAgency(1, port, own))).toMatch(/has expired/);
  copyFileSync(renewed.key, files.SERVER_TLS_KEY);
  server.signal('SIGHUP');
  await server.untilOutput(/action: reload \| result: success/);
  const agency = startAgency(1, port, own);
  expect(`${await agency.exit} ${agency.errors}`).toBe('0 ');
});
