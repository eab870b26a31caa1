import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../program/exit';
import { withPasswordOf } from './database_password';

const URL_WITHOUT = 'postgresql://lottery@database:5432/lottery';
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'password-'));
  file = join(folder, 'password');
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  ['plain', 'plain'],
  ['plain\n', 'plain'],
  ['of windows\r\n', 'of%20windows'],
  ['a#b:c@d/e?f%\n', 'a%23b%3Ac%40d%2Fe%3Ff%25'],
])('%j is put into the URL', (text, written) => {
  writeFileSync(file, text);
  expect(withPasswordOf(file, 'DATABASE_URL', URL_WITHOUT)).toBe(
    `postgresql://lottery:${written}@database:5432/lottery`,
  );
});

test('several hosts and parameters stay as they are', () => {
  writeFileSync(file, 'x');
  const rest = '@one:1,two:2/lottery?sslmode=verify-full&sslrootcert=/ca.pem';
  expect(withPasswordOf(file, 'DATABASE_URL', `postgres://u${rest}`)).toBe(`postgres://u:x${rest}`);
});

test.each([
  'postgresql://lottery:secret@database/lottery',
  'postgresql://database/lottery',
  'mysql://lottery@database/lottery',
])('the URL %s is refused, and no password is told', (url) => {
  writeFileSync(file, 'x');
  const call = (): string => withPasswordOf(file, 'DATABASE_URL', url);
  expect(call).toThrow(ConfigurationError);
  expect(call).toThrow(/^(?!.*secret)DATABASE_URL: .*without a password$/);
});

test.each([
  ['redis://database:6379/1', 'redis://:x%40y@database:6379/1'],
  ['redis://lottery@database', 'redis://lottery:x%40y@database'],
  ['rediss://@[::1]/0', 'rediss://:x%40y@[::1]/0'],
])('the URL of a Redis, with a user or without: %s', (url, written) => {
  writeFileSync(file, 'x@y');
  expect(withPasswordOf(file, 'REDIS_URL', url)).toBe(written);
});

test.each(['redis://lottery:secret@database', 'redis://:secret@database', 'postgresql://lottery@database'])(
  'the URL %s of a Redis is refused, and no password is told',
  (url) => {
    writeFileSync(file, 'x');
    const call = (): string => withPasswordOf(file, 'REDIS_URL', url);
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(/^(?!.*secret)REDIS_URL: .*without a password$/);
  },
);

test.each(['', '\n', 'one\ntwo\n'])('a file with %j is refused', (text) => {
  writeFileSync(file, text);
  const call = (): string => withPasswordOf(file, 'DATABASE_URL', URL_WITHOUT);
  expect(call).toThrow(ConfigurationError);
  expect(call).toThrow(`DATABASE_PASSWORD_FILE: ${file}: allowed is the password as its only line`);
});

test('a file that is not there is named', () => {
  const call = (): string => withPasswordOf(file, 'DATABASE_URL', URL_WITHOUT);
  expect(call).toThrow(ConfigurationError);
  expect(call).toThrow(`DATABASE_PASSWORD_FILE: ${file}: cannot be read`);
});
