import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { partyOfCertificate } from '../../server/doors/identity/certificate_party';
import { x509 } from '../../server/doors/identity/x509';
import { hostsIn, SERVER_HOSTS } from './hosts';
import { numberOf } from './issue';
import { makeCertificates } from './make';
import { CertificatesPlan } from './plan';

const DAY_MS = 24 * 60 * 60 * 1000;
let root: string;
let out: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lottery-make-'));
  out = join(root, 'certificates');
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (plan: Omit<CertificatesPlan, 'out'>) => makeCertificates({ out, ...plan });
const text = (file: string): string => readFileSync(join(out, file), 'utf8');
const read = (name: string): X509Certificate => new X509Certificate(text(`${name}.pem`));
const serialOf = (name: string): string => read(name).serialNumber.toLowerCase();
const daysOf = (name: string, now = Date.now()): number =>
  Math.round((Date.parse(read(name).validTo) - now) / DAY_MS);
const list = (): x509.X509Crl => new x509.X509Crl(text('crl.pem'));
const revoked = (): string[] => list().entries.map(({ serialNumber }) => serialNumber);
const all = (): Map<string, string> => new Map(readdirSync(out).map((file) => [file, text(file)]));
const later = (days: number): Date => new Date(Date.now() + days * DAY_MS);

describe('in a new folder', () => {
  test('everybody gets a certificate, and nobody else may read the keys', async () => {
    const report = await make({ agencies: 2, hosts: ['lottery.example', '10.0.0.7', 'fe80::1'] });
    expect(report.made).toEqual(['ca', 'server', 'agency-1', 'agency-2', 'operator', 'auditor']);
    expect(report.problems).toEqual([]);
    expect(report.standings.map(({ name, state }) => [name, state])).toEqual(
      [...report.made, 'crl'].map((name) => [name, 'good']),
    );
    const files = report.made.flatMap((name) => [`${name}.pem`, `${name}-key.pem`]);
    expect(readdirSync(out).sort()).toEqual([...files, 'crl.pem'].sort());
    expect(statSync(out).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(out)) {
      expect([file, statSync(join(out, file)).mode & 0o777]).toEqual([
        file,
        file.includes('key') ? 0o600 : 0o644,
      ]);
    }
    expect(hostsIn(read('server'))).toEqual([...SERVER_HOSTS, 'lottery.example', '10.0.0.7', 'fe80::1']);
    for (const [name, party] of [
      ['agency-2', 2],
      ['operator', 'operator'],
      ['auditor', 'auditor'],
    ] as const) {
      expect(partyOfCertificate(read(name), 2)).toBe(party);
      expect(read(name).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    }
    expect(read('server').keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect([daysOf('ca'), daysOf('server'), daysOf('auditor')]).toEqual([3650, 365, 365]);
    expect(Date.parse(read('server').validFrom)).toBeLessThan(Date.now() - DAY_MS + 60_000);
    expect([revoked(), numberOf(list())]).toEqual([[], 1]);
    expect(list().nextUpdate).toEqual(new Date(read('ca').validTo));
  });

  test('without a number of agencies nothing is made', async () => {
    await expect(make({})).rejects.toThrow(ConfigurationError);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('in a folder with certificates', () => {
  const template = mkdtempSync(join(tmpdir(), 'lottery-template-'));
  beforeAll(() => makeCertificates({ out: template, agencies: 2 }));
  beforeEach(() => cpSync(template, out, { recursive: true }));
  afterAll(() => rmSync(template, { recursive: true }));

  test('the same again changes nothing, and more agencies are added', async () => {
    const before = all();
    expect((await make({ agencies: 2 })).made).toEqual([]);
    expect((await make({})).made).toEqual([]);
    expect(all()).toEqual(before);
    expect((await make({ agencies: 4, days: 10 })).made).toEqual(['agency-3', 'agency-4']);
    for (const [file, content] of before) expect(text(file)).toBe(content);
    expect(daysOf('agency-4')).toBe(10);
    expect(read('agency-4').verify(read('ca').publicKey)).toBe(true);
  });

  test('other names of the server are told, and a renewal keeps the names unless others are given', async () => {
    const { problems } = await make({ agencies: 2, hosts: ['lottery.example'] });
    expect(problems).toEqual([expect.stringMatching(/server\.pem is for localhost.*--renew server/)]);
    const renewed = await make({ renew: ['server'], hosts: ['lottery.example'] });
    expect(renewed).toMatchObject({ renewed: ['server'], problems: [] });
    await make({ renew: ['server'] });
    expect(hostsIn(read('server'))).toEqual([...SERVER_HOSTS, 'lottery.example']);
  });

  test('a renewal is another key, and the old certificate can be revoked by its number', async () => {
    const [key, serial] = [text('agency-1-key.pem'), serialOf('agency-1')];
    expect((await make({ renew: ['agency-1'] })).replaced).toEqual([
      { name: 'agency-1', serialNumber: serial },
    ]);
    expect(text('agency-1-key.pem')).not.toBe(key);
    expect(revoked()).toEqual([]);
    expect((await make({ revoke: [serial.toUpperCase()] })).revoked).toEqual([
      { name: 'agency-1', serialNumber: serial },
    ]);
    expect(revoked()).toEqual([serial]);
    expect(readdirSync(out)).toContain(`agency-1.revoked-${serial}.pem`);
    await expect(make({ revoke: [serial] })).rejects.toThrow('revoked already');
    expect((await make({})).standings.every(({ state }) => state === 'good')).toBe(true);
  });

  test('what expires within 30 days is renewed', async () => {
    await make({ agencies: 3, days: 29 });
    const before = serialOf('agency-2');
    const report = await make({});
    expect(report.standings.filter(({ state }) => state === 'soon')).toMatchObject([{ name: 'agency-3' }]);
    expect((await make({ renew: 'due' })).renewed).toEqual(['agency-3']);
    expect(daysOf('agency-3')).toBe(365);
    expect(serialOf('agency-2')).toBe(before);
    expect((await make({ renew: 'due' })).renewed).toEqual([]);
  });

  test('what has expired is renewed without a word of revoking', async () => {
    const report = await make({ renew: 'due', now: later(400) });
    expect(new Set(report.renewed)).toEqual(
      new Set(['server', 'agency-1', 'agency-2', 'operator', 'auditor']),
    );
    expect(report.replaced).toEqual([]);
  });

  test('revoking puts certificates aside and deletes their keys', async () => {
    const [one, two] = [serialOf('agency-1'), serialOf('server')];
    await make({ revoke: ['agency-1'] });
    await make({ revoke: ['server', two] });
    expect(revoked()).toEqual([one, two]);
    expect(numberOf(list())).toBe(3);
    expect(
      readdirSync(out)
        .filter((file) => /^(agency-1|server)/.test(file))
        .sort(),
    ).toEqual([`agency-1.revoked-${one}.pem`, `server.revoked-${two}.pem`]);
    await expect(make({ revoke: ['agency-1'] })).rejects.toThrow('no certificate agency-1');
    expect((await make({ agencies: 2 })).made).toEqual(['server', 'agency-1']);
    expect(revoked()).toEqual([one, two]);
  });

  test('revoking and making anew in one go', async () => {
    const old = serialOf('agency-2');
    expect(await make({ revoke: ['agency-2'], agencies: 2 })).toMatchObject({
      made: ['agency-2'],
      problems: [],
    });
    expect(revoked()).toEqual([old]);
    expect(serialOf('agency-2')).not.toBe(old);
  });

  test('a list that was lost, or is an older one, gets back what was revoked here', async () => {
    const serial = serialOf('agency-1');
    copyFileSync(join(out, 'crl.pem'), join(root, 'older.pem'));
    await make({ revoke: ['agency-1'] });
    copyFileSync(join(root, 'older.pem'), join(out, 'crl.pem'));
    expect((await make({})).problems).toEqual([expect.stringContaining('crl.pem lacks certificates')]);
    expect((await make({ agencies: 2 })).problems).toEqual([]);
    expect(revoked()).toEqual([serial]);
    rmSync(join(out, 'crl.pem'));
    expect((await make({})).problems).toEqual([expect.stringContaining('crl.pem is missing')]);
    await make({ agencies: 2 });
    expect([revoked(), numberOf(list())]).toEqual([[serial], 2]);
  });

  test('a certificate that is in the list and still in its place is told, and revoked to the end', async () => {
    copyFileSync(join(out, 'agency-1.pem'), join(root, 'agency-1.pem'));
    copyFileSync(join(out, 'agency-1-key.pem'), join(root, 'agency-1-key.pem'));
    const serial = serialOf('agency-1');
    await make({ revoke: ['agency-1'] });
    for (const file of ['agency-1.pem', 'agency-1-key.pem']) copyFileSync(join(root, file), join(out, file));
    expect((await make({})).standings.find(({ name }) => name === 'agency-1')?.state).toBe('revoked');
    rmSync(join(out, 'agency-1-key.pem'));
    await make({ revoke: ['agency-1'] });
    expect(revoked()).toEqual([serial]);
    expect(readdirSync(out)).not.toContain('agency-1.pem');
  });

  test('the authority is renewed with its key: what it has signed stays good', async () => {
    await make({ revoke: ['agency-2'] });
    const before = read('ca');
    const report = await make({ renew: ['ca'], now: later(3000) });
    expect(report).toMatchObject({ renewed: ['ca'], replaced: [] });
    expect(read('ca').fingerprint256).not.toBe(before.fingerprint256);
    expect([read('ca').subject, daysOf('ca', later(3000).getTime())]).toEqual([before.subject, 3650]);
    for (const signer of [before, read('ca')]) {
      expect(read('server').checkIssued(signer) && read('server').verify(signer.publicKey)).toBe(true);
    }
    expect(list().nextUpdate).toEqual(new Date(read('ca').validTo));
    expect(revoked()).toHaveLength(1);
  });

  test('nothing outlives the authority, and one that has expired signs nothing', async () => {
    const report = await make({ agencies: 3, now: later(3640) });
    expect(report.isCutShort).toBe(true);
    expect(read('agency-3').validTo).toBe(read('ca').validTo);
    await expect(make({ agencies: 4, now: later(3660) })).rejects.toThrow(/ca\.pem expired on .*--renew ca/);
    await make({ agencies: 4, renew: 'due', now: later(3660) });
    expect(daysOf('agency-4', later(3660).getTime())).toBe(365);
  });

  test('the key of the authority is needed only to make something', async () => {
    renameSync(join(out, 'ca-key.pem'), join(root, 'ca-key.pem'));
    expect((await make({ agencies: 2 })).made).toEqual([]);
    await expect(make({ agencies: 3 })).rejects.toThrow(/ca-key\.pem is missing, and is needed/);
    await expect(make({ revoke: ['agency-1'] })).rejects.toThrow(/ca-key\.pem is missing, and is needed/);
  });

  test('keys that others may read are told', async () => {
    chmodSync(join(out, 'agency-1-key.pem'), 0o640);
    expect((await make({})).problems).toEqual([
      `${join(out, 'agency-1-key.pem')} can be read by others: chmod 600`,
    ]);
  });

  test('it stops between two certificates', async () => {
    const stop = AbortSignal.abort();
    await expect(makeCertificates({ out, agencies: 9 }, stop)).rejects.toThrow('abort');
    expect((await make({})).problems).toEqual([]);
  });

  test.each<[string, () => void, RegExp]>([
    [
      'a certificate without its key',
      () => rmSync(join(out, 'agency-1-key.pem')),
      /agency-1\.pem is there without .*--renew agency-1/,
    ],
    [
      'a key without its certificate',
      () => rmSync(join(out, 'agency-1.pem')),
      /agency-1-key\.pem is there without/,
    ],
    ['another key', () => move('agency-2-key.pem', 'agency-1-key.pem'), /agency-1-key\.pem does not fit/],
    [
      'a key for a certificate',
      () => move('agency-1-key.pem', 'agency-1.pem'),
      /agency-1\.pem is no certificate/,
    ],
    [
      'a certificate for a key',
      () => move('agency-1.pem', 'agency-1-key.pem'),
      /agency-1-key\.pem is no private key/,
    ],
    [
      'the certificate of somebody else',
      () => movePair('agency-2', 'agency-1'),
      /agency-1\.pem is not a certificate for agency-1/,
    ],
    ['no authority', () => rmSync(join(out, 'ca.pem')), /ca\.pem is missing, and ca-key\.pem is there/],
    [
      'another key of the authority',
      () => move('agency-2-key.pem', 'ca-key.pem'),
      /ca-key\.pem does not fit/,
    ],
    [
      'an authority that is none',
      () => movePair('agency-2', 'ca'),
      /ca\.pem is not the certificate of an authority/,
    ],
    ['a list that is none', () => move('ca.pem', 'crl.pem'), /crl\.pem is no revocation list/],
  ])('%s is one clear line', async (_, spoil, line) => {
    spoil();
    const before = all();
    for (const plan of [{}, { agencies: 9 }]) {
      await expect(make(plan)).rejects.toThrow(ConfigurationError);
      await expect(make(plan)).rejects.toThrow(line);
    }
    expect(all()).toEqual(before);
  });

  test('what another authority has signed is told, and a renewal by name mends it', async () => {
    const other = join(root, 'other');
    await makeCertificates({ out: other, agencies: 2 });
    for (const file of ['agency-1.pem', 'agency-1-key.pem']) copyFileSync(join(other, file), join(out, file));
    await expect(make({})).rejects.toThrow(/agency-1\.pem was not signed by .*ca\.pem/);
    expect(await make({ renew: ['agency-1'] })).toMatchObject({ renewed: ['agency-1'], problems: [] });
    copyFileSync(join(other, 'crl.pem'), join(out, 'crl.pem'));
    await expect(make({})).rejects.toThrow(/crl\.pem was not signed by .*ca\.pem/);
  });

  test('a renewal by name mends half a pair; of nobody, it is a mistake', async () => {
    rmSync(join(out, 'agency-1.pem'));
    expect((await make({ renew: ['agency-1'] })).renewed).toEqual(['agency-1']);
    await expect(make({ renew: ['agency-7'] })).rejects.toThrow('no certificate of agency-7');
    expect((await make({ renew: ['agency-3'], agencies: 3 })).made).toEqual(['agency-3']);
  });
});

function move(from: string, to: string): void {
  copyFileSync(join(out, from), join(out, to));
}

function movePair(from: string, to: string): void {
  move(`${from}.pem`, `${to}.pem`);
  move(`${from}-key.pem`, `${to}-key.pem`);
}
