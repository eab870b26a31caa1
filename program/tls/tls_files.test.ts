import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Authority, Certificate, pem } from '../../tests/support/certificates';
import { ConfigurationError } from '../exit';
import type { NamedFile } from '../named_file';
import { readTlsFiles, TlsFiles } from './tls_files';

describe('the files of TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lottery-tls-files-'));
  let authority: Authority;
  let own: Certificate;
  let other: Certificate;
  beforeAll(async () => {
    authority = await Authority.make(folder, 'authority');
    [own, other] = [await authority.sign({ name: 'own' }), await authority.sign({ name: 'other' })];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const ca = (path: string): NamedFile => ({ setting: 'here: CA:', path });
  const certificate = (path: string): NamedFile => ({ setting: 'here: CERT:', path });
  const key = (path: string): NamedFile => ({ setting: 'here: KEY:', path });
  const written = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    return path;
  };
  const expectRefusal = (files: TlsFiles, line: RegExp): void => {
    const read = (): unknown => readTlsFiles(files);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/^here: [^\n]*$/);
    expect(read).toThrow(line);
  };

  test('none, a CA, several in one file, and a client certificate', () => {
    readTlsFiles({});
    readTlsFiles({ ca: ca(authority.certificate) });
    const both = written('both.pem', `a comment\n${pem(authority.certificate)}\n${pem(own.certificate)}`);
    readTlsFiles({ ca: ca(both), certificate: certificate(own.certificate), key: key(own.key) });
  });

  test('a file that is not there, and a folder', () => {
    expectRefusal({ ca: ca('/nowhere/ca.pem') }, /^here: CA: \/nowhere\/ca\.pem cannot be read: .*ENOENT/);
    expectRefusal({ certificate: certificate(folder) }, /^here: CERT: \S+ cannot be read: it is a folder/);
    expectRefusal({ key: key('/nowhere/key.pem') }, /^here: KEY: \/nowhere\/key\.pem cannot be read/);
  });

  test('a file that holds no certificate, or one that is cut short or damaged', () => {
    const none = /CA: \S+ holds no certificate in PEM form/;
    for (const text of ['', 'hello', pem(own.key)]) {
      expectRefusal({ ca: ca(written('none.pem', text)) }, none);
    }
    expectRefusal({ certificate: certificate(own.key), key: key(own.key) }, /CERT: \S+ holds no certificate/);
    const whole = pem(authority.certificate);
    for (const text of [whole.slice(0, 200), whole.replace(/MII/, 'MIJ'), whole + whole.slice(0, 300)]) {
      expectRefusal(
        { ca: ca(written('damaged.pem', text)) },
        /CA: \S+ holds a certificate that cannot be read/,
      );
    }
  });

  test('a key that is that of another certificate, none, or can be read by others', () => {
    const files = { certificate: certificate(own.certificate) };
    expectRefusal(
      { ...files, key: key(other.key) },
      /^here: KEY: \S+authority-2\.key is not the key of the certificate \S+authority-1\.crt$/,
    );
    expectRefusal(
      { ...files, key: key(written('none.key', 'hello')) },
      /KEY: \S+ holds nothing that can be used/,
    );
    const open = join(folder, 'open.key');
    copyFileSync(own.key, open);
    chmodSync(open, 0o644);
    expectRefusal({ ...files, key: key(open) }, /KEY: \S+open\.key can be read by others: chmod 600 it/);
  });
});
