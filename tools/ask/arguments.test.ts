import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

const TOKEN = 'a-token-of-a-test-0001';
const AT = ['--at', 'http://127.0.0.1:8080'];
const NO_TLS = { ca: undefined, certificate: undefined, key: undefined };
const NOTHING = {
  at: undefined,
  folder: undefined,
  token: undefined,
  tls: NO_TLS,
  agency: undefined,
  clients: undefined,
};
const folder = mkdtempSync(join(tmpdir(), 'ask-arguments-'));
afterAll(() => rmSync(folder, { recursive: true }));

function mistakeOf(words: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  try {
    readArguments(words, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

test('without anything it starts a server of its own, whatever token is set for others', () => {
  expect(readArguments([], { ASK_TOKEN: 'no token' })).toEqual(NOTHING);
});

test('a server, an agency, clients and a folder can be named', () => {
  expect(readArguments([...AT, '--agency', '3', '--clients', '0'], {})).toEqual({
    ...NOTHING,
    at: new URL('http://127.0.0.1:8080'),
    agency: 3,
    clients: 0,
  });
  expect(readArguments(['--folder', 'here'], {})).toEqual({ ...NOTHING, folder: 'here' });
  expect(readArguments(['-h'], {})).toBe('help');
});

test('a token comes from a file, the environment or the command line', () => {
  const file = join(folder, 'token');
  writeFileSync(file, `${TOKEN}\n`);
  expect(readArguments([...AT, '--token-file', file], {})).toMatchObject({ token: TOKEN });
  expect(readArguments(AT, { ASK_TOKEN: TOKEN })).toMatchObject({ token: TOKEN });
  expect(readArguments([...AT, '--token', TOKEN], { ASK_TOKEN: 'another' })).toMatchObject({ token: TOKEN });
});

test('a CA and a certificate are files, for https:// alone', () => {
  const words = ['--at', 'https://localhost', '--ca', 'ca.pem', '--cert', 'own.pem', '--key', 'own-key.pem'];
  expect(readArguments(words, {})).toMatchObject({
    tls: {
      ca: { setting: '--ca:', path: 'ca.pem' },
      certificate: { setting: '--cert:', path: 'own.pem' },
      key: { setting: '--key:', path: 'own-key.pem' },
    },
  });
});

test.each([
  [[...AT, '--ca', 'x'], /^--ca is of no use without --at https:/],
  [['--cert', 'x', '--key', 'y'], /^--cert is of no use without --at https:/],
  [['--at', 'https://localhost', '--cert', 'x'], /^--cert and --key go together/],
  [['--at', 'ftp://127.0.0.1'], /^--at: the value is wrong; allowed is http:\/\/HOST:PORT/],
  [['--at', 'http://me:secret@127.0.0.1'], /^--at: the value is wrong/],
  [['--at', 'http://127.0.0.1/?token=secret'], /^--at: the value is wrong/],
  [['--token', TOKEN], /^--token is of no use without --at/],
  [[...AT, '--token', TOKEN, '--token-file', 'x'], /^--token and --token-file cannot go together/],
  [[...AT, '--token', 'secret'], /^--token: this is no token; allowed is/],
  [[...AT, '--folder', 'x'], /^--folder and --at cannot go together/],
  [['--folder', ''], /^--folder: "" is wrong/],
  [['--agency', '0'], /^--agency: "0" is wrong; allowed is a whole number from 1 to 1000000/],
  [['--clients', '1001'], /^--clients: "1001" is wrong; allowed is a whole number from 0 to 1000/],
  [['--att', 'x'], /Unknown option '--att'/],
  [['draw'], /Unexpected argument 'draw'/],
])('%j is a mistake, told without a secret', (words, message) => {
  const told = mistakeOf(words);
  expect(told).toMatch(message);
  expect(told).not.toMatch(/secret|\n/);
  expect(told).toMatch(/--help prints the usage$|letters, digits and/);
});

test('a wrong token is never shown', () => {
  const file = join(folder, 'many');
  writeFileSync(file, `operator = ${TOKEN}\n`);
  expect(mistakeOf([...AT, '--token-file', file])).toMatch(/many: this is no token/);
  expect(mistakeOf([...AT, '--token-file', file])).not.toContain(TOKEN);
  expect(mistakeOf(AT, { ASK_TOKEN: 'secret!' })).toMatch(/^environment: ASK_TOKEN: this is no token/);
  expect(mistakeOf([...AT, '--token-file', join(folder, 'none')])).toMatch(/cannot be read/);
});
