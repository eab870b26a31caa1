import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findPassword } from './password';

const folder = mkdtempSync(join(tmpdir(), 'lottery-password-'));
const PGPASSFILE = join(folder, 'pgpass');
const LOGIN = { host: 'h', port: 5432, database: 'd', user: 'u' };
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string, mode = 0o600): void {
  rmSync(PGPASSFILE, { force: true });
  writeFileSync(PGPASSFILE, text, { mode });
}

test('PGPASSWORD comes before the file', () => {
  write('*:*:*:*:file\n');
  expect(findPassword(LOGIN, { PGPASSWORD: 'given', PGPASSFILE })).toBe('given');
  expect(findPassword(LOGIN, { PGPASSWORD: '', PGPASSFILE })).toBe('file');
});

test('the first line that fits counts, with its escapes', () => {
  write('# h:5432:d:u:no\nh:1:d:u:no\nh:5432:d:u:a\\:b\\\\c\n*:*:*:*:later\n');
  expect(findPassword(LOGIN, { PGPASSFILE })).toBe('a:b\\c');
  expect(findPassword({ ...LOGIN, user: 'other' }, { PGPASSFILE })).toBe('later');
});

test('a Unix socket is localhost', () => {
  write('localhost:5432:d:u:yes\n');
  expect(findPassword({ ...LOGIN, host: '/run/postgresql' }, { PGPASSFILE })).toBe('yes');
});

test.each([
  ['a file that others may read', '*:*:*:*:file\n', 0o644],
  ['a line with too few fields', '*:*:*:file\n', 0o600],
])('%s counts as none', (_, text, mode) => {
  write(text, mode);
  expect(findPassword(LOGIN, { PGPASSFILE })).toBeUndefined();
});

test('no file', () => {
  expect(findPassword(LOGIN, { PGPASSFILE: join(folder, 'missing') })).toBeUndefined();
});
