import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeCertificates } from '../certificates/make';
import { SOON_DAYS } from '../certificates/standing';
import { madeText, prepareCertificates, troubles } from './certificates';

const DAY_MS = 24 * 60 * 60 * 1000;

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'certificates-')), 'made')));
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

test('what is missing is made and told of, and what is there is not', async () => {
  expect(madeText('it', await prepareCertificates(folder, 3))).toBe(
    'it: made: ca, server, agency-1 to agency-3, operator, auditor',
  );
  const again = await prepareCertificates(folder, 3);
  expect([madeText('it', again), troubles('it', again)]).toEqual([undefined, []]);
  expect(madeText('it', await prepareCertificates(folder, 4))).toBe('it: made: agency-4');
});

test('without agencies there are the others', async () => {
  expect((await prepareCertificates(folder, 0)).made).toEqual(['ca', 'server', 'operator', 'auditor']);
});

test('what expires soon, has expired or is revoked is named, agencies together', async () => {
  await makeCertificates({ out: folder, agencies: 3, days: SOON_DAYS - 1 });
  const soon = await prepareCertificates(folder, 3);
  const day = new Date(Date.now() + (SOON_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);
  expect(troubles('it', soon)).toContain(
    `it: agency-1 to agency-3 expires on ${day}: \`npm run certificates -- --renew --out it\``,
  );
  const expired = { name: 'server', until: new Date('2026-03-01T00:00:00Z'), state: 'expired' } as const;
  const revoked = { name: 'agency-2', until: new Date('2036-03-01T00:00:00Z'), state: 'revoked' } as const;
  const report = { ...soon, standings: [expired, revoked], problems: ['crl.pem is missing'] };
  expect(troubles('it', report)).toEqual([
    'it: server expired on 2026-03-01: `npm run certificates -- --renew --out it`',
    'it: agency-2 is revoked: `npm run certificates -- --revoke agency-2 --out it`, then run this again',
    'crl.pem is missing',
  ]);
});
