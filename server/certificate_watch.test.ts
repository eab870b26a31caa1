import { FakeClock } from '../program/testing/fake_clock';
import { RecordedLog } from '../program/testing/recorded_log';
import { watchCertificates } from './certificate_watch';
import { EMPTY_LEDGER } from './ledger/ledger';
import type { CertificateExpiry } from './telemetry/certificate_expiry';
import { Telemetry } from './telemetry/telemetry';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 1);

let clock: FakeClock;
let log: RecordedLog;
let telemetry: Telemetry;
let expiring: readonly CertificateExpiry[];
let change: () => void;

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW_MS);
  clock = new FakeClock();
  log = new RecordedLog();
  telemetry = new Telemetry({ agencies: 30, winnerNumber: 7_574 }, EMPTY_LEDGER);
  expiring = [{ name: 'server', expiresAtMs: NOW_MS + 12.5 * DAY_MS }];
});
afterEach(() => jest.restoreAllMocks());

function watch(): () => void {
  const tls = {
    get expiring() {
      return expiring;
    },
    onChange: (listener: () => void) => (change = listener),
  };
  return watchCertificates({ tls, telemetry, clock, log });
}

const WARNED = [
  'warning',
  'certificate',
  'success',
  { name: 'server', expires: '2026-11-13T12:00:00.000Z', days: 12 },
];

test('the log tells at the start and once a day, and warns of what expires within 30 days', () => {
  expiring = [
    ...expiring,
    { name: 'client CA', expiresAtMs: NOW_MS + 40 * DAY_MS },
    { name: 'revocation list', expiresAtMs: Infinity },
  ];
  const end = watch();
  const told = [
    'info',
    'certificate',
    'success',
    { name: 'client CA', expires: '2026-12-11T00:00:00.000Z', days: 40 },
  ];
  expect(lines()).toEqual([WARNED, told]);
  clock.advance(DAY_MS - 1);
  expect(lines()).toHaveLength(2);
  clock.advance(1);
  expect(lines()).toHaveLength(4);
  end();
  clock.advance(5 * DAY_MS);
  expect(lines()).toHaveLength(4);
});

test('certificates that are read again are told at once, and a day later', () => {
  watch();
  clock.advance(DAY_MS / 2);
  expiring = [{ name: 'server', expiresAtMs: NOW_MS + 365 * DAY_MS }];
  change();
  expect(lines().map(([level]) => level)).toEqual(['warning', 'info']);
  expect(telemetry.certificates).toBe(expiring);
  clock.advance(DAY_MS - 1);
  expect(lines()).toHaveLength(2);
  clock.advance(1);
  expect(lines()).toHaveLength(3);
});

test('of who is connected, those whose certificates expire are told together', () => {
  watch();
  for (let agency = 1; agency <= 13; agency++) {
    telemetry.connected(agency, 'certificate', NOW_MS + (agency === 13 ? 99 : -1) * DAY_MS);
  }
  clock.advance(DAY_MS);
  expect(lines().slice(1)).toEqual([
    WARNED,
    [
      'warning',
      'certificate',
      'success',
      {
        name: 'agencies',
        agencies: '1, 2, 3, 4, 5, 6, 7, 8, 9, 10',
        more: 2,
        expires: '2026-10-31T00:00:00.000Z',
        days: -1,
      },
    ],
  ]);
});

test('without TLS nothing is told', () => {
  watchCertificates({ tls: undefined, telemetry, clock, log })();
  expect([lines(), telemetry.certificates]).toEqual([[], []]);
});

function lines(): unknown[][] {
  return log.records.map(({ level, action, result, details }) => [level, action, result, details]);
}
