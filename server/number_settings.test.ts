import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../tests/support/built';
import { EMPTY_LEDGER } from './ledger/ledger';
import { readServerSettings, ServerSettings } from './config';
import { chosenNumberOf, requireRoundAhead } from './number_settings';
import { idleSettings } from './start_checks';
import { folder } from './testing/configuration_text';

const AT = '2026-12-22T10:00:00Z';
const DRAND = { DRAW_NUMBER: `drand:quicknet@${AT}`, RECEIPTS: 'on', DRAW_BEACON_FILE: 'beacon.json' };

function settingsOf(environment: Record<string, string>): ServerSettings {
  const file = join(folder, 'number.ini');
  writeFileSync(file, '[DEFAULT]\n');
  return readServerSettings(file, environment);
}

const chosen = (environment: Record<string, string>) => chosenNumberOf(settingsOf(environment));

test('without a word it is the number that was always announced', () => {
  expect(chosen({}).terms).toEqual({ number: { kind: 'fixed', number: 7_574 } });
  expect(chosen({ DRAW_NUMBER: '0012' }).terms).toEqual({ number: { kind: 'fixed', number: 12 } });
  expect(chosen({ DRAW_NUMBER: '12', LOTTERY_WINNER_NUMBER: '12' }).chain).toBeUndefined();
});

test.each(['entered', DRAND.DRAW_NUMBER])('%s wins over the number in the file that is shipped', (number) => {
  const environment = { ...DRAND, DRAW_NUMBER: number, HTTP_PORT: '0', HTTP_TOKENS_FILE: 'tokens.ini' };
  const settings = readServerSettings(join(ROOT, 'server', 'config.ini'), environment);
  expect(settings.placeOf('LOTTERY_WINNER_NUMBER')).toMatch(/config\.ini$/);
  expect(chosenNumberOf(settings).terms.number.kind).toBe(number.split(':')[0]);
  expect(idleSettings(settings)).toContainEqual({
    key: 'LOTTERY_WINNER_NUMBER',
    reason: `DRAW_NUMBER is ${number.split(':')[0]!}, which wins`,
  });
});

test('a round is the first one that is due at the time or after it, and the sale is sealed a margin before', () => {
  const { terms, chain } = chosen(DRAND);
  expect(chain?.name).toBe('quicknet');
  const dueS = Date.parse(AT) / 1_000;
  expect(terms).toEqual({
    number: {
      kind: 'drand',
      chainHash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
      round: 35_043_412,
    },
    closeAtSeconds: dueS - 60,
  });
  expect(chosen({ ...DRAND, DRAW_MARGIN: '5m' }).terms.closeAtSeconds).toBe(dueS - 300);
});

test('a round that has passed is refused for a sale in which nothing was sold', () => {
  const settings = settingsOf(DRAND);
  const close = Date.parse(AT) - 60_000;
  const requireAt = (nowMs: number, more = {}) =>
    requireRoundAhead(settings, chosenNumberOf(settings), { ...EMPTY_LEDGER, ...more }, nowMs);
  expect(() => requireAt(close - 1)).not.toThrow();
  expect(() => requireAt(close)).toThrow('have to be sealed by 2026-12-22T09:59:00Z, which has passed');
  expect(() => requireAt(close, { batches: 1 })).not.toThrow();
});

test.each<[string, Record<string, string>, string]>([
  [
    'two numbers',
    { DRAW_NUMBER: '1', LOTTERY_WINNER_NUMBER: '2' },
    '1 is wrong beside LOTTERY_WINNER_NUMBER = 2',
  ],
  ['no receipts', { DRAW_NUMBER: 'entered' }, '"entered" needs RECEIPTS = on: the sale'],
  ['no receipts', { ...DRAND, RECEIPTS: 'off' }, `"drand:quicknet@${AT}" needs RECEIPTS = on`],
  ['nobody to enter it', { DRAW_NUMBER: 'entered', RECEIPTS: 'on' }, '"entered" needs HTTP_PORT, and'],
  ['no way', { DRAW_NUMBER: DRAND.DRAW_NUMBER, RECEIPTS: 'on' }, 'the round could not come to this server'],
  [
    'no chain',
    { ...DRAND, DRAW_NUMBER: `drand:fastnet@${AT}` },
    'no chain fastnet is known; allowed is quicknet',
  ],
  ['a folder', { ...DRAND, DRAW_BEACON_FILE: '/' }, 'DRAW_BEACON_FILE: / is a folder; allowed is a regular'],
  [
    'a device',
    { ...DRAND, DRAW_BEACON_FILE: '/dev/zero' },
    'DRAW_BEACON_FILE: /dev/zero is a device; allowed is a regular',
  ],
  ['a late deadline', { ...DRAND, DRAW_DEADLINE: AT }, 'allowed is a time up to 2026-12-22T09:59:00Z'],
  ['a word', { DRAW_NUMBER: 'random' }, 'allowed is a number from 0 to 9999, entered, or drand:'],
  ['no time', { DRAW_NUMBER: 'drand:quicknet@2h' }, 'allowed is a number from 0 to 9999, entered, or drand:'],
  ['no margin', { DRAW_MARGIN: '0s' }, 'allowed is a duration from 1s to 24h'],
  ['no relay', { DRAW_BEACON_URLS: 'https://a.example,ftp://b' }, 'allowed is 1 to 8 addresses'],
])('%s: one line', (_, environment, reason) => {
  expect(() => chosen(environment)).toThrow(reason);
  expect(() => chosen(environment)).toThrow(/^environment: [^\n]*$/);
});
