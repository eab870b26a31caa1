import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { readArguments } from './arguments';

const URL_WORDS = ['--url', 'http://127.0.0.1:8080'];
const TOKEN = 'token-of-the-operator';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'draw-number-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a number, or a round of the beacon, and who gives it', () => {
  const plan = { given: { number: 12 }, url: new URL('http://127.0.0.1:8080'), token: undefined, tls: {} };
  expect(readArguments(['0012', ...URL_WORDS], {})).toEqual(plan);
  expect(readArguments(['0012', ...URL_WORDS], { ASK_TOKEN: TOKEN })).toEqual({ ...plan, token: TOKEN });
  const file = join(folder, 'operator.token');
  writeFileSync(file, `${TOKEN}\n`);
  expect(readArguments(['--beacon', 'round.json', '--token-file', file, ...URL_WORDS], {})).toEqual({
    ...plan,
    given: { beaconFile: 'round.json' },
    token: TOKEN,
  });
});

test('help', () => {
  expect(readArguments(['-h'], {})).toBe('help');
  expect(readArguments(['--help', 'x'], {})).toBe('help');
});

test.each<[string[], RegExp]>([
  [[], /^NUMBER is missing;/],
  [['7574'], /^--url is missing/],
  [['12', ...URL_WORDS], /^NUMBER: "12" is wrong; allowed is 0000 to 9999;/],
  [['75741', ...URL_WORDS], /^NUMBER: "75741" is wrong/],
  [['-001', ...URL_WORDS], /Unknown option '-0'/],
  [['1234', '5678', ...URL_WORDS], /^there is more than one NUMBER;/],
  [['1234', '--beacon', 'x', ...URL_WORDS], /^NUMBER and --beacon cannot go together;/],
  [['1234', '--url', 'ftp://x'], /^--url: the value is wrong/],
  [['1234', '--url', 'http://operator:secret@x'], /^--url: the value is wrong/],
  [['1234', '--more', ...URL_WORDS], /Unknown option '--more'/],
  [['1234', '--ca', 'x', ...URL_WORDS], /^--ca is of no use without --url https/],
  [['1234', '--url', 'https://x', '--cert', 'x'], /^--cert and --key go together;/],
])('%j is refused in one line, with what is allowed', (words, message) => {
  const read = (): unknown => readArguments(words, {});
  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(message);
  expect(read).toThrow(/; npm run draw-number -- --help prints the usage$/);
  expect(read).not.toThrow(/\n|secret/);
});
