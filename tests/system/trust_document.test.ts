/** What docs/TRUST.md tells to do by hand, done to a run and to forgeries of it: with tools that are not ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { DIST, ROOT } from '../support/built';

const TOOLS = ['sh', 'openssl', 'xxd', 'sha256sum', 'python3', 'awk'];
const missing = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0);
const testWithTools = missing.length === 0 ? test : test.skip;

const [, section = ''] = readFileSync(join(ROOT, 'docs', 'TRUST.md'), 'utf8').split('\n## By hand\n');
/** The commands of the steps, in their order. */
const STEPS = [...section.split('\n## ', 1)[0]!.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
const [LEAVES, POLICY, WITNESS, IN_TIME, BATCH, TABLES, NUMBER] = [1, 2, 3, 4, 5, 6, 7];

let folder = '';
let honest = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
  if (missing.length === 0) honest = startRun();
}, 90_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns the folder of a run whose draw can be checked; it lies beside the data, as in the project */
function startRun(): string {
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
  return join(folder, '.run', run);
}

/** A copy of the run, with some of its files made or changed. */
function forged(name: string, files: Readonly<Record<string, (bytes: Buffer) => Buffer | string>>): string {
  const copy = join(folder, '.run', name);
  cpSync(honest, copy, { recursive: true });
  for (const [path, change] of Object.entries(files)) {
    const file = join(copy, path);
    mkdirSync(dirname(file), { recursive: true });
    const isThere = spawnSync('test', ['-f', file]).status === 0;
    writeFileSync(file, change(isThere ? readFileSync(file) : Buffer.of()));
  }
  return copy;
}

/** What every step says that ends well; of one that does not, the exit code stands before it. */
function follow(cwd: string): string[] {
  return STEPS.map((block) => {
    const { status, stdout } = spawnSync('sh', ['-ec', block], { cwd, encoding: 'utf8', timeout: 60_000 });
    return status === 0 ? stdout : `exit ${status}: ${stdout}`;
  });
}

/** An entries bundle of C2SP tlog-tiles: each entry behind its length. */
function bundleOf(...entries: readonly string[]): Buffer {
  const framed = entries.map((text) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  });
  return Buffer.concat(framed);
}

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const inText = (one: string | RegExp, other: string) => (bytes: Buffer) =>
  bytes.toString('utf8').replace(one, other);
/** One bit of the byte at this offset, counted from the end where it is negative. */
const flip = (offset: number) => (bytes: Buffer) => {
  bytes[offset < 0 ? bytes.length + offset : offset]! ^= 1;
  return bytes;
};

testWithTools('every step says what the document says', () => {
  expect(follow(honest)).toEqual([
    'Signature Verified Successfully\nSignature Verified Successfully\n',
    expect.stringMatching(/^(.*: True\n){3}$/),
    'policy.txt: OK\n',
    'Signature Verified Successfully\n',
    expect.stringMatching(/^cosigned at \d+, to be sealed by \d+, round \d+ is due at \d+: True\n$/),
    expect.stringMatching(/^leaves\/\d+: 5 1 200 200\n$/),
    'ledger/log/seal/agencies: OK\nledger/log/seal/numbers: OK\n',
    expect.stringMatching(/^(\d{1,4})\n\1\n$/),
    expect.stringMatching(/^\d{1,4} (\d+)\n\1\n$/),
  ]);
});

testWithTools.each(['fixed 7574', 'entered'])(
  'without a beacon, the steps of one say so: number %s',
  (number) => {
    const leaves = join(folder, '.run', number.replace(' ', '-'));
    mkdirSync(leaves);
    writeFileSync(join(leaves, 'policy.txt'), '');
    writeFileSync(join(leaves, 'terms.leaf'), `lottery-terms/v1\norigin x\nagencies 5\nnumber ${number}\n`);
    writeFileSync(join(leaves, 'result.leaf'), `lottery-result/v1\nfixed\nnumber 7574\nwinners 0\n`);
    const [inTime, drawn] = [IN_TIME, NUMBER].map((step) => {
      const { status, stdout, stderr } = spawnSync('sh', ['-ec', STEPS[step]!], {
        cwd: leaves,
        encoding: 'utf8',
      });
      return [status, stdout, stderr];
    });
    expect(inTime).toEqual([0, `no beacon: number ${number}\n`, '']);
    expect(drawn).toEqual([0, `no beacon: number ${number}\n7574\n`, '']);
  },
);

testWithTools('files that are planted beside the signed tiles are not believed', () => {
  const table = '7574 22\n';
  const seal =
    `lottery-seal/v1\nbatches 1\nbets 22\nagencies ${hex('')}\nnumbers ${hex(table)}\nmissing -\n` +
    'number drand 00 1\n';
  const result = `lottery-result/v1\nbeacon 1 ${'00'.repeat(48)}\nnumber 7574\nwinners 22\n`;
  const planted = (): Buffer => bundleOf(seal, result);
  const tiles = ['002', '003', '000.p/1', '000.p/255', '001.p/255', 'x000/000'];
  const places = tiles.map((tile) => [`ledger/log/tile/entries/${tile}`, planted] as const);
  const run = forged('planted', Object.fromEntries(places));
  expect(follow(run)).toEqual(follow(honest));

  const withTable = forged('table', {
    ...Object.fromEntries(places),
    'ledger/log/seal/numbers': () => table,
  });
  const said = follow(withTable);
  expect(said[TABLES]).toMatch(/^exit 1: .*agencies: OK\n.*numbers: FAILED\n$/s);
  expect(said[NUMBER]).not.toMatch('7574');
});

testWithTools('a batch that lies in no signed tile is not in the log', () => {
  // The agency's rows are others than those that were sold: their commitment is in a planted file alone.
  const bets = STEPS[BATCH]!.replace('head -200', 'tac');
  const found = bets.replace(/^awk .*/ms, 'printf %s "$COMMITMENT"');
  const commitment = execFileSync('sh', ['-ec', found], { cwd: honest, encoding: 'utf8' });
  const entry = `lottery-batch/v1\n5 1 200 200\n1 200\n${commitment}\n${commitment}\n`;
  const run = forged('absent', {
    'ledger/log/tile/entries/002': () => bundleOf(entry),
    'ledger/log/tile/entries/000.p/1': () => bundleOf(entry),
  });
  follow(run);
  const { status, stdout } = spawnSync('sh', ['-ec', bets], { cwd: run, encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, 'NOT IN THE LOG\n']);
});

testWithTools('a leaf that was changed is found, and nothing is read of it', () => {
  const run = forged('leaf', { 'ledger/log/tile/entries/000': flip(-1) });
  const said = follow(run);
  expect(said[LEAVES]).toContain('those that were signed: False\n');
  expect(said.slice(POLICY).filter((step) => !step.startsWith('exit '))).toEqual([
    'Signature Verified Successfully\n',
  ]);
});

testWithTools('the cosignature is that of the witness in the policy, for this seal and at its time', () => {
  const changeCosignature = (offset: number) => (bytes: Buffer) =>
    bytes.toString('utf8').replace(/(\n— control\S* )(\S+)/, (_line, name: string, base64: string) => {
      return `${name}${flip(offset)(Buffer.from(base64, 'base64')).toString('base64')}`;
    });
  const wrong = /Signature Verification Failure/;
  const time = follow(forged('time', { 'ledger/log/seal/checkpoint': changeCosignature(11) }));
  expect([time[WITNESS], time[IN_TIME]]).toEqual([
    expect.stringMatching(wrong),
    expect.not.stringContaining('True'),
  ]);
  expect(follow(forged('bit', { 'ledger/log/seal/checkpoint': changeCosignature(-1) }))[WITNESS]).toMatch(
    wrong,
  );
  const none = follow(forged('none', { 'ledger/log/seal/checkpoint': inText(/\n— control.*/, '') }));
  expect([none[WITNESS], none[IN_TIME]]).toEqual([
    expect.not.stringContaining('Successfully'),
    expect.not.stringContaining('True'),
  ]);
  const policy = follow(forged('policy', { 'policy.txt': inText('quorum control', 'quorum none') }));
  expect(policy[POLICY]).toBe('exit 1: policy.txt: FAILED\n');
});
