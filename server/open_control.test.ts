import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { EXAMPLE } from '../transparency/notes/testing/keys';
import { ConfigurationError } from '../program/exit';
import { readServerSettings } from './config';
import { controlOf } from './open_control';

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
