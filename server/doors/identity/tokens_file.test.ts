/** Lines with digests, and those of older files with the tokens themselves. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../../program/exit';
import { AUDITOR, OPERATOR, Party } from './party';
import { digestOf, Tokens } from './tokens';
import { readTokens, readTokensFile, textOfDigests } from './tokens_file';

const folder = mkdtempSync(join(tmpdir(), 'lottery-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = join(folder, 'tokens.ini');
const ONE = 'token-of-agency-one';
const TWO = 'Token.of_agency~two+/=';
const ALL = 'token-of-the-operator';

function read(text: string): Tokens {
  writeFileSync(FILE, text, { mode: 0o600 });
  return readTokens(FILE, 5);
}

test('a file of tokens says whose each is', () => {
  const tokens = read(
    `# who may bet\n; and who not\n${OPERATOR} = ${ALL} # all\n1=${ONE}\r\n  2  =  ${TWO}  \n\n`,
  );
  expect(tokens.holderOf(ALL)).toBe(OPERATOR);
  expect(tokens.holderOf(ONE)).toBe(1);
  expect(tokens.holderOf(TWO)).toBe(2);
  for (const other of ['', ONE.slice(1), `${ONE}x`, ONE.toUpperCase()]) {
    expect(tokens.holderOf(other)).toBeUndefined();
  }
});

test('a line may have the digest of a token, in letters of either case', () => {
  const tokens = read(
    `${OPERATOR} = sha256:${digestOf(ALL)} # all\n${AUDITOR} = sha256:${digestOf(TWO).toUpperCase()}\n1=sha256:${digestOf(ONE)}`,
  );
  expect([ALL, TWO, ONE].map((token) => tokens.holderOf(token))).toEqual([OPERATOR, AUDITOR, 1]);
  expect(tokens.holderOf(digestOf(ONE))).toBeUndefined();
});

test.each([' ', ',', ' , ', '\t', ', '])('a holder has two tokens, separated by %j', (separator) => {
  const tokens = read(
    `2 = sha256:${digestOf(ONE)}${separator}sha256:${digestOf(TWO)} ; from May on\n3 = ${ALL}`,
  );
  expect([ONE, TWO, ALL].map((token) => tokens.holderOf(token))).toEqual([2, 2, 3]);
});

test('what is written for digests is read again', () => {
  const digests = new Map<Party, string[]>([
    [OPERATOR, [digestOf(ALL)]],
    [4, [digestOf(ONE), digestOf(TWO)]],
  ]);
  writeFileSync(FILE, [...digests].map(([holder, held]) => `${holder} = ${textOfDigests(held)}\n`).join(''));
  expect(readTokensFile(FILE, 5)).toEqual({ digests, hasPlainTokens: false });
});

test('several files count together, and a holder has the tokens of all', () => {
  const other = join(folder, 'more.ini');
  writeFileSync(FILE, `1 = sha256:${digestOf(ONE)}\n${AUDITOR} = sha256:${digestOf(ALL)}\n`, { mode: 0o600 });
  writeFileSync(other, `${AUDITOR} = sha256:${digestOf(TWO)}\n`, { mode: 0o600 });
  const tokens = readTokens(`${FILE}, ${other}`, 5);
  expect([ONE, ALL, TWO].map((token) => tokens.holderOf(token))).toEqual([1, AUDITOR, AUDITOR]);
  writeFileSync(other, `2 = sha256:${digestOf(ONE)}\n`, { mode: 0o600 });
  expect(() => readTokens(`${FILE},${other}`, 5)).toThrow(
    new ConfigurationError(`${other}: 2: has the same token as 1 in another file`),
  );
  rmSync(other);
  expect(() => readTokens(`${FILE},${other}`, 5)).toThrow(ConfigurationError);
});

test('tokens that stand there themselves are told once, with how to replace them', () => {
  const warnings: string[] = [];
  writeFileSync(FILE, `1 = ${ONE}\n2 = ${TWO}\n`, { mode: 0o600 });
  readTokens(FILE, 5, (reason) => warnings.push(reason));
  expect(warnings).toEqual([expect.stringContaining(`npm run tokens -- --convert --out ${FILE}`)]);
  expect(warnings.join()).not.toMatch(/token-of-|Token\.of/);
});

test('a token is 16 to 256 characters long', () => {
  expect(read(`1 = ${'a'.repeat(16)}`).holderOf('a'.repeat(16))).toBe(1);
  expect(read(`1 = ${'a'.repeat(256)}`).holderOf('a'.repeat(256))).toBe(1);
});

test.each<[string, string, string]>([
  ['a short token', '1 = abcdefghijklmno', '1: the token is wrong; allowed is 16 to 256 letters'],
  ['a cut digest', '1 = sha256:0123', '1: the digest is wrong; allowed is sha256: and 64'],
  ['three tokens', `1 = ${ONE} ${TWO} ${ALL}`, '1: has more than two tokens'],
  ['a comma too many', `1 = ${ONE},`, '1: the token is wrong'],
  ['one token twice', `1 = ${ONE} ${ONE}`, '1: has the same token as 1'],
  ['a token and its digest', `1 = ${ONE}\n2 = sha256:${digestOf(ONE)}`, '2: has the same token as 1'],
  ['a long token', `1 = ${'a'.repeat(257)}`, '1: the token is wrong'],
  ['another character', '1 = a-secret-with-ñ-in-it', '1: the token is wrong'],
  ['only a name', '1', 'line 1: no "KEY = value" and no comment'],
  ['no value', '1 =', '1: the token is wrong'],
  ['a comment in its place', '1 = # later', '1: the token is wrong'],
  ['a token that is cut by a comment', `1 = ${ONE}#${TWO}`, '1: the token is wrong'],
  ['a colon', `1: ${ONE}`, '1: the sign between key and value is "=" (line 1)'],
  ['true', 'operator = true', 'operator: the token is wrong'],
  ['only a token', 'a-secret-that-lost-its-name', 'line 1: no "KEY = value" and no comment'],
  ['a token as a name', 'asecretthatlost=x', 'an entry is named neither operator, auditor nor 1 to 5'],
  ["npm's banner", '\n> lottery@1.0.0 tokens\n', 'line 2: no "KEY = value" and no comment'],
  ['agency 0', `0 = ${ONE}`, 'an entry is named neither operator, auditor nor 1 to 5'],
  ['agency 01', `01 = ${ONE}`, 'an entry is named neither operator, auditor nor 1 to 5'],
  ['an agency beyond the last', `6 = ${ONE}`, 'an entry is named neither operator, auditor nor 1 to 5'],
  ['a section', `[1]\n1 = ${ONE}`, '1: unknown; everything stands before any section (line 1)'],
  ['a list', `1[] = ${ONE}`, '1: a list is not allowed'],
  ['a name twice', `1 = ${ONE}\n1 = ${TWO}`, '1: stands there more than once'],
  ['a token twice', `1 = ${ONE}\n3 = ${ONE}`, '3: has the same token as 1'],
  ['no token', '# nobody\n', 'holds no token'],
])('%s is told in one line that shows no token', (_, text, message) => {
  const failure = failureOf(() => read(text));
  expect(failure).toBeInstanceOf(ConfigurationError);
  expect(failure.message).toContain(`${FILE}: ${message}`);
  expect(failure.message).not.toMatch(/\n|token-of-|Token\.of|a-secret|abcdef/);
});

test('a byte order mark is skipped', () => {
  expect(read(`\ufeff1 = ${ONE}\n`).holderOf(ONE)).toBe(1);
});

describe('who may read and write the file', () => {
  const warningsFor = (mode: number): string[] => {
    writeFileSync(FILE, `1 = sha256:${digestOf(ONE)}\n`);
    chmodSync(FILE, mode);
    const warnings: string[] = [];
    readTokens(FILE, 5, (reason) => warnings.push(reason));
    return warnings;
  };
  afterEach(() => chmodSync(FILE, 0o600));

  test.each([0o600, 0o400, 0o640, 0o440])('%o is taken without a word', (mode) => {
    expect(warningsFor(mode)).toEqual([]);
  });

  test.each([0o644, 0o604, 0o660, 0o664])('%o is taken with a warning', (mode) => {
    const does = (mode & 0o004) === 0 ? 'write' : 'read';
    expect(warningsFor(mode)).toEqual([`${FILE}: others than its owner may ${does} it (chmod 600)`]);
  });

  test.each([0o666, 0o602, 0o777, 0o646])('%o is refused', (mode) => {
    expect(() => warningsFor(mode)).toThrow(ConfigurationError);
    expect(() => warningsFor(mode)).toThrow(`${FILE}: everybody may write it`);
  });
});

test('a file that is not there is told in one line', () => {
  const missing = join(folder, 'missing.ini');
  expect(() => readTokens(missing, 5)).toThrow(/missing\.ini: cannot be read: .*ENOENT/);
});

function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}
