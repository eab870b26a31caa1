import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXAMPLE } from '../transparency/notes/testing/keys';
import { UsageError } from './mistakes';
import { readSettings } from './settings';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'control-settings-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const read = (change: Record<string, string>) => {
  const key = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const file = join(folder, 'log');
  writeFileSync(file, `${EXAMPLE.logVerifierKey}\n`);
  return readSettings({
    CONTROL_SERVER_URL: 'http://127.0.0.1:8080',
    CONTROL_LOG_FILE: file,
    CONTROL_NAME: 'control.example',
    CONTROL_KEY: key,
    CONTROL_DATA_DIR: join(folder, 'data'),
    ...change,
  });
};

test("the log's key is in a file, or itself among the settings", () => {
  const { log } = read({});
  expect(read({ CONTROL_LOG_FILE: '', CONTROL_LOG: EXAMPLE.logVerifierKey }).log).toEqual(log);
});

test('folders that are missing are made, the last for its owner alone', () => {
  const path = join(folder, 'one', 'two');
  for (let time = 0; time < 2; time++) read({ CONTROL_DATA_DIR: path });
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test.each<[Record<string, string>, RegExp]>([
  [{ CONTROL_LOG_FILE: '' }, /^CONTROL_LOG: missing; allowed is the verifier key of a log/],
  [{ CONTROL_LOG_FILE: '', CONTROL_LOG: 'x' }, /^CONTROL_LOG: "x" is wrong; allowed is/],
  [{ CONTROL_LOG: EXAMPLE.logVerifierKey }, /^CONTROL_LOG_FILE: cannot go with CONTROL_LOG/],
  [{ CONTROL_LOG_FILE: '/nowhere' }, /^CONTROL_LOG_FILE: \/nowhere cannot be read: .*ENOENT/],
  [{ CONTROL_DATA_DIR: '/proc/x/y' }, /^CONTROL_DATA_DIR: \/proc\/x\/y cannot be made: .*ENOENT/],
  [{ CONTROL_DATA_DIR: '/dev/null/x' }, /^CONTROL_DATA_DIR: \/dev\/null\/x cannot be made: .*ENOTDIR/],
  [{ CONTROL_DATA_DIR: '/dev/null' }, /^CONTROL_DATA_DIR: \/dev\/null cannot be made: .*EEXIST/],
  [
    { CONTROL_LOG_FILE: '/dev/zero' },
    /^CONTROL_LOG_FILE: \/dev\/zero cannot be read: it is not a regular file/,
  ],
  [{ CONTROL_TOKEN_FILE: '/' }, /^CONTROL_TOKEN_FILE: \/ cannot be read: it is not a regular file/],
  [
    { CONTROL_NAME: EXAMPLE.logName },
    /^CONTROL_NAME: "[^ ]*" is wrong; allowed is another name than the log's/,
  ],
])('refused in one line: %j', (change, message) => {
  expect(() => read(change)).toThrow(UsageError);
  expect(() => read(change)).toThrow(message);
});

test('a pipe is not waited for, and a long file not read', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  expect(() => read({ CONTROL_KEY: pipe })).toThrow(
    /^CONTROL_KEY: \S+ cannot be read: it is not a regular file$/,
  );
  const long = join(folder, 'long');
  writeFileSync(long, Buffer.alloc(65_537), { mode: 0o600 });
  expect(() => read({ CONTROL_KEY: long })).toThrow(
    /^CONTROL_KEY: \S+ cannot be read: it is longer than 65536 /,
  );
});

test("the log's own key is refused", () => {
  const key = join(folder, 'log.pem');
  writeFileSync(key, EXAMPLE.logKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  expect(() => read({ CONTROL_KEY: key })).toThrow(
    /^CONTROL_KEY: \S+ holds the log's own key; allowed is one that/,
  );
});
