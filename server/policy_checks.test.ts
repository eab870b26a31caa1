import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { EXAMPLE } from '../transparency/notes/testing/keys';
import { witnessKey } from '../transparency/notes/testing/policies';
import { readServerSettings, ServerSettings } from './config';
import { policyDoubt } from './policy_checks';
import { requireSameLog } from './same_log';

const CONTROL = {
  RECEIPTS: 'on',
  HTTP_PORT: '0',
  CONTROL_URL: 'http://127.0.0.1:8700',
  CONTROL_VERIFIER_KEY: EXAMPLE.controlVerifierKey,
};
const LOG = `log ${EXAMPLE.logVerifierKey}`;
const WITNESS = `witness control ${EXAMPLE.controlVerifierKey}`;
const UNSEEN = 'outsiders cannot see from this policy that the sale was sealed before the number';

const settingsOf = (environment: Readonly<Record<string, string>>): ServerSettings =>
  readServerSettings(join(ROOT, 'server', 'config.ini'), { RECEIPTS_POLICY: 'p.txt', ...environment });
const policyOf = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);

test.each([
  ['names nobody', policyOf(LOG, 'quorum none'), /^it has no line "witness NAME ics\.example\/control\+/],
  [
    'names another witness',
    policyOf(LOG, `witness control ${witnessKey(7, EXAMPLE.controlName)}`, 'quorum control'),
    /^it has no line "witness NAME/,
  ],
  ['asks for nobody', policyOf(LOG, WITNESS, 'quorum none'), /^it says "quorum none"$/],
])('a policy that %s is doubted where there is a control', (_, policy, reason) => {
  expect(policyDoubt(settingsOf(CONTROL), policy)).toEqual({
    policy: 'p.txt',
    reason: expect.stringMatching(reason) as string,
    meaning: UNSEEN,
  });
});

test('a control without any policy is doubted, and no policy without a control is not', () => {
  const policy = 'none';
  const reason = 'RECEIPTS_POLICY is not set';
  const meaning = 'nothing ties the log to the control, and outsiders cannot know which policy is meant';
  expect(policyDoubt(settingsOf(CONTROL), undefined)).toEqual({ policy, reason, meaning });
  expect(policyDoubt(settingsOf({}), undefined)).toBeUndefined();
});

test('a policy that asks for witnesses is doubted where the server asks no control', () => {
  expect(policyDoubt(settingsOf({}), policyOf(LOG, WITNESS, 'quorum control'))).toEqual({
    policy: 'p.txt',
    reason: 'it asks for witnesses, and CONTROL_URL is not set',
    meaning: expect.stringContaining('asks no control before the draw') as string,
  });
});

test('a policy that asks for the control, or for nobody without one, is not doubted', () => {
  expect(policyDoubt(settingsOf(CONTROL), policyOf(LOG, WITNESS, 'quorum control'))).toBeUndefined();
  expect(policyDoubt(settingsOf({}), policyOf(LOG, 'quorum none'))).toBeUndefined();
});

test('a log that was begun with a policy that nobody can read goes on, and that is doubted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-checks-'));
  const settings = settingsOf({});
  const policy = policyOf(LOG, 'quorum none', 'quorum none');
  const origin = EXAMPLE.logName;
  const keyPem = EXAMPLE.logKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const terms = { origin, agencies: 1, number: { kind: 'fixed', number: 7574 } } as const;
  const require = (isBegun: boolean): void =>
    requireSameLog(settings, { origin, keyPem, policy, folder }, terms, isBegun);
  expect(() => require(false)).toThrow('RECEIPTS_POLICY: p.txt: line 3: it is a second line "quorum"');
  expect(() => require(true)).not.toThrow();
  expect(policyDoubt(settings, policy)).toEqual({
    policy: 'p.txt',
    reason: 'line 3: it is a second line "quorum"; allowed is one',
    meaning: 'the verifier refuses this policy',
  });
  rmSync(folder, { recursive: true });
});
