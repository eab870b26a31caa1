/** What docs/TRUST.md tells to do by hand, done to a run: with tools that are not ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DIST, ROOT } from '../support/built';

const TOOLS = ['sh', 'openssl', 'xxd', 'sha256sum', 'python3', 'awk'];
const missing = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0);

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'by-hand-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** The commands of the section, in their order. */
function commands(): string[] {
  const text = readFileSync(join(ROOT, 'docs', 'TRUST.md'), 'utf8');
  const [, section = ''] = text.split('\n## By hand\n');
  return [...section.split('\n## ', 1)[0]!.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
}

(missing.length === 0 ? test : test.skip)('every command says what the document says', () => {
  // The run lies beside the data, as in the project.
  symlinkSync(join(ROOT, '.data'), join(folder, '.data'));
  const start = `
    const { startLottery } = require(${JSON.stringify(join(DIST, 'tools/start/lottery'))});
    const folders = {
      compiled: ${JSON.stringify(DIST)}, data: '.data', runs: '.run',
      verifier: ${JSON.stringify(join(ROOT, 'verifier/verify.mjs'))},
    };
    const command = { agencies: 5, bets: undefined, stays: false, isProved: true };
    startLottery(folders, command, new AbortController().signal).then((code) => process.exit(code));`;
  execFileSync(process.execPath, ['-e', start], { cwd: folder, stdio: 'pipe', timeout: 60_000 });
  const [run = ''] = readdirSync(join(folder, '.run'));
  const cwd = join(folder, '.run', run);
  const said = commands().map((block) =>
    execFileSync('sh', ['-ec', block], { cwd, encoding: 'utf8', timeout: 60_000 }),
  );
  expect(said).toEqual([
    'Signature Verified Successfully\n',
    '5 1 200 200\n',
    'True\n',
    'ledger/log/seal/agencies: OK\nledger/log/seal/numbers: OK\n7574 22\n',
    expect.stringMatching(/^(\d{1,4})\n\1\n$/),
  ]);
});
