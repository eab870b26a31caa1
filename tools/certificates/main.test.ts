import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { Stage } from '../../tests/support/programs';
import { makeCertificates } from './make';

const stage = new Stage();
afterAll(() => stage.close());

const run = async (...words: string[]) => {
  const program = stage.run('tools/certificates/main.js', {}, words);
  return { exit: await program.exit, output: program.output, errors: program.errors };
};

test('makes certificates, and tells when they expire', async () => {
  const out = stage.path('certificates');
  const { exit, output, errors } = await run('3', '--out', out, '--days', '100');
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toMatch(/^made: ca, server, agency-1 to agency-3, operator, auditor\n\n/);
  expect(output).toMatch(/^agency-1 to agency-3 +2\d{3}-\d\d-\d\d +100$/m);
  expect(readdirSync(out)).toHaveLength(2 * 7 + 1);
  const again = await run('--out', out);
  expect(again).toEqual({ exit: 0, errors: '', output: output.slice(output.indexOf('\n\n') + 2) });
});

test('tells how to bar an old key after a renewal, and bars it', async () => {
  const out = stage.path('renewed');
  await makeCertificates({ out, agencies: 2 });
  const { exit, output } = await run('--out', out, '--renew', 'agency-2,ca');
  expect(exit).toBe(0);
  expect(output).toMatch(/^renewed: ca, agency-2\n {2}ca: .* give ca\.pem to everybody again\n/);
  const [, serial = ''] = /--revoke ([0-9a-f]+)\n/.exec(output) ?? [];
  const revoked = await run('--out', out, '--revoke', serial);
  expect(revoked.output).toMatch(new RegExp(`^revoked: agency-2, serial number ${serial}\n\n`));
  expect(readdirSync(out)).toContain(`agency-2.revoked-${serial}.pem`);
});

test('what has expired, or is not as it should be, is exit 1', async () => {
  const out = stage.path('expired');
  const now = new Date(Date.now() - 400 * 24 * 60 * 60 * 1000);
  await makeCertificates({ out, agencies: 1, now });
  const expired = await run('--out', out);
  expect(expired).toMatchObject({ exit: 1, errors: '' });
  expect(expired.output).toMatch(/^agency-1 .* 0 +EXPIRED: --renew$/m);
  expect(await run('--out', out, '--renew')).toMatchObject({ exit: 0, errors: '' });
  const other = await run('--out', out, '--name', 'lottery.example');
  expect(other.exit).toBe(1);
  expect(other.errors).toMatch(/^[^\n]*server\.pem is for [^\n]*\n$/);
});

test('a mistake is one line on stderr and exit 2, and changes nothing', async () => {
  const out = stage.path('spoilt');
  await makeCertificates({ out, agencies: 1 });
  rmSync(join(out, 'agency-1-key.pem'));
  const certificate = readFileSync(join(out, 'agency-1.pem'));
  for (const words of [['5'], ['5', '--out', out], ['--out', stage.path('nowhere')]]) {
    const { exit, output, errors } = await run(...words);
    expect({ exit, output }).toEqual({ exit: 2, output: '' });
    expect(errors).toMatch(/^[^\n]+\n$/);
  }
  expect(readFileSync(join(out, 'agency-1.pem'))).toEqual(certificate);
});

test('a folder that cannot be made is one line and exit 1', async () => {
  const { exit, errors } = await run('1', '--out', '/dev/null/certificates');
  expect(exit).toBe(1);
  expect(errors).toMatch(/^--out: [^\n]+\n$/);
});
