import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { EXAMPLE } from '../transparency/notes/testing/keys';
import { ConfigurationError } from '../program/exit';
import { readServerSettings } from './config';
import { consequenceOf, controlOf, holdOfBundle } from './open_control';

const GOOD = {
  RECEIPTS: 'on',
  HTTP_PORT: '0',
  CONTROL_URL: 'http://127.0.0.1:8700',
  CONTROL_VERIFIER_KEY: EXAMPLE.controlVerifierKey,
};

const controlFrom = (environment: Record<string, string>) =>
  controlOf(readServerSettings(join(ROOT, 'server', 'config.ini'), environment));

test('a control is named by its place and its key', () => {
  expect(controlFrom(GOOD)).toMatchObject({ verifier: { name: EXAMPLE.controlName } });
  expect(controlFrom({})).toBeUndefined();
});

test.each([
  [{ CONTROL_URL: '' }, 'environment: CONTROL_VERIFIER_KEY: needs CONTROL_URL: where the control is'],
  [
    { CONTROL_VERIFIER_KEY: '' },
    'environment: CONTROL_URL: needs CONTROL_VERIFIER_KEY: the key of the control',
  ],
  [{ RECEIPTS: 'off' }, 'environment: CONTROL_URL: needs RECEIPTS = on: a control follows the log'],
  [{ HTTP_PORT: '' }, 'environment: CONTROL_URL: needs HTTP_PORT: there the control reads all bets'],
  [
    { CONTROL_VERIFIER_KEY: EXAMPLE.logVerifierKey },
    'environment: CONTROL_VERIFIER_KEY: it is the key of a log, not of a control',
  ],
  [{ CONTROL_VERIFIER_KEY: 'x' }, /^environment: CONTROL_VERIFIER_KEY: "x" is not a verifier key/],
  [{ CONTROL_URL: 'ftp://x' }, /^environment: CONTROL_URL: .*allowed is a URL of http or https/],
  [{ CONTROL_URL: 'http://a:b@x' }, /^environment: CONTROL_URL: .*allowed is a URL of http or https/],
])('refused in one line: %j', (change, message) => {
  expect(() => controlFrom({ ...GOOD, ...change })).toThrow(ConfigurationError);
  expect(() => controlFrom({ ...GOOD, ...change })).toThrow(message);
});

describe('a door over TLS that asks for certificates', () => {
  const CERTIFICATES = {
    ...GOOD,
    SERVER_TLS_CERT: 'cert.pem',
    SERVER_TLS_KEY: 'key.pem',
    SERVER_TLS_CLIENT_CA: 'ca.pem',
  };

  test('is none for a control, which has none, unless there are tokens too', () => {
    const alone = (): unknown => controlFrom(CERTIFICATES);
    expect(alone).toThrow(ConfigurationError);
    expect(alone).toThrow(
      /^environment: CONTROL_URL: needs HTTP_TOKENS_FILE beside SERVER_TLS_CLIENT_CA: [^\n]*$/,
    );
    expect(controlFrom({ ...CERTIFICATES, HTTP_TOKENS_FILE: 'tokens.ini' })).toBeDefined();
  });

  test('is none where HTTP is spoken in clear, or nobody is asked for a certificate', () => {
    expect(controlFrom({ ...CERTIFICATES, HTTP_TLS: 'off' })).toBeDefined();
    expect(controlFrom({ ...CERTIFICATES, SERVER_TLS_CLIENT_CA: '' })).toBeDefined();
  });
});

test('the bundle of a result is held while its seal lacks the cosignature of the control', async () => {
  const control = controlFrom(GOOD);
  const log = (hasResult: boolean, ...sealSigners: string[]) => ({
    progress: { size: 9, isSealed: true, hasResult, signers: [], sealSigners },
  });
  const lost = log(true, 'lottery.example');
  const awaited = new Promise<never>(() => undefined);
  expect(holdOfBundle(control, lost, awaited)()).toBe(true);
  expect(holdOfBundle(control, log(true, 'lottery.example', EXAMPLE.controlName), awaited)()).toBe(false);
  expect(holdOfBundle(control, log(false), awaited)()).toBe(false);
  expect(holdOfBundle(undefined, lost, awaited)()).toBe(false);
  expect(holdOfBundle(control, undefined, awaited)()).toBe(false);
  const [drawn, calledOff] = [false, true].map((isCalledOff) => Promise.resolve({ isCalledOff }));
  const [ofDrawn, ofCalledOff] = [
    holdOfBundle(control, lost, drawn!),
    holdOfBundle(control, lost, calledOff!),
  ];
  await Promise.all([drawn, calledOff]);
  expect([ofDrawn(), ofCalledOff()]).toEqual([true, false]);
});

test('what it means that the control has not cosigned is told by what is there', () => {
  const told = (which: 'latest' | 'sealed', hasResult: boolean, ...sealSigners: string[]): string =>
    consequenceOf(which, { hasResult, sealSigners }, 'control');
  for (const which of ['latest', 'sealed'] as const)
    expect(told(which, false, 'log')).toBe('no draw until it has cosigned');
  const lost = 'the seal lacks its cosignature: GET /draw/bundle is refused until it has given it again';
  const unless = ', unless the draw was called off';
  const waits = 'no WIN until it has cosigned the result';
  expect(told('sealed', true, 'log')).toBe(`${lost}${unless}`);
  expect(told('latest', true, 'log')).toBe(`${waits}; ${lost}${unless}`);
  expect(told('latest', true, 'log', 'control')).toBe(`${waits}${unless}`);
});

describe('a file that holds the key', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'control-key-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const inFile = (text: string, more: Record<string, string> = {}) => {
    const file = join(folder, 'key');
    writeFileSync(file, text);
    return { ...GOOD, CONTROL_VERIFIER_KEY: '', CONTROL_VERIFIER_KEY_FILE: file, ...more };
  };

  test('is as good as the key', () => {
    expect(controlFrom(inFile(`${EXAMPLE.controlVerifierKey}\n`))).toMatchObject({
      url: new URL(GOOD.CONTROL_URL),
      verifier: { name: EXAMPLE.controlName },
    });
  });

  test.each<[string, Record<string, string>, string | RegExp]>([
    [
      EXAMPLE.controlVerifierKey,
      { CONTROL_VERIFIER_KEY: 'x' },
      / cannot go with CONTROL_VERIFIER_KEY: set one of/,
    ],
    [EXAMPLE.controlVerifierKey, { CONTROL_URL: '' }, / needs CONTROL_URL: where the control is$/],
    [
      EXAMPLE.controlVerifierKey,
      { CONTROL_VERIFIER_KEY_FILE: '/nowhere' },
      / \/nowhere cannot be read: .*ENOENT/,
    ],
    [EXAMPLE.logVerifierKey, {}, / it is the key of a log, not of a control$/],
    ['', {}, / "" is not a verifier key/],
  ])('is refused in one line that names it: %j, %j', (text, more, message) => {
    const settings = inFile(text, more);
    expect(() => controlFrom(settings)).toThrow(ConfigurationError);
    expect(() => controlFrom(settings)).toThrow(/^environment: CONTROL_VERIFIER_KEY_FILE: [^\n]*$/);
    expect(() => controlFrom(settings)).toThrow(message);
  });
});
