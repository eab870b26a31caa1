/** `npm test` itself, with a runner that only seems to be one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUPPORT = join(__dirname, '..', 'support');
const DOCKER = 'no engine (spawn ENOENT); install Docker (Debian: docker.io)';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'run-all-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly fullName: string;
  readonly status: string;
}

/** Runs it; each run of the runner appends its words to a file, reports the outcomes and exits with the code. */
function runAll(
  runs: readonly { readonly exit: number; readonly outcomes: readonly Outcome[] }[],
  ...words: string[]
) {
  const runner = join(folder, 'runner.mjs');
  writeFileSync(
    runner,
    `import { appendFileSync } from 'node:fs';
     import Reporter from ${JSON.stringify(join(SUPPORT, 'tally_reporter.mjs'))};
     const words = process.argv.slice(2);
     appendFileSync(${JSON.stringify(join(folder, 'words'))}, words.join(' ') + '\\n');
     const { exit, outcomes } = ${JSON.stringify(runs)}[words.includes('containers') ? 1 : 0];
     new Reporter().onTestResult({}, { testFilePath: 'run ' + exit, testResults: outcomes });
     process.exitCode = exit;`,
  );
  const { status, stdout } = spawnSync(process.execPath, [join(SUPPORT, 'run_all.mjs'), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TMPDIR: folder, TEST_RUNNER: runner },
  });
  return { status, stdout, words: readFileSync(join(folder, 'words'), 'utf8').split('\n').slice(0, -1) };
}

const passed = { fullName: 'it works', status: 'passed' };

test.each([
  [0, 0, 0],
  [1, 0, 1],
  [0, 1, 1],
])('the containers are tested whatever was before: exit codes %d and %d give %d', (one, other, all) => {
  const { status, words } = runAll(
    [
      { exit: one, outcomes: [passed] },
      { exit: other, outcomes: [passed] },
    ],
    '--ci',
  );
  expect(words).toEqual([
    '--selectProjects unit system faults --ci',
    '--verbose --selectProjects containers --ci',
  ]);
  expect(status).toBe(all);
});

test('says what has failed, how many were skipped, and why, and leaves nothing behind', () => {
  const failed = {
    fullName: 'more',
    status: 'failed',
    failureMessages: ['\u001b[31mno\u001b[0m bets', 'at all'],
  };
  const skipped = (fullName: string): Outcome => ({ fullName, status: 'pending' });
  const { stdout } = runAll([
    {
      exit: 0,
      outcomes: [
        passed,
        { fullName: 'the layer (skipped: no compiler)', status: 'passed' },
        skipped('a full disk'),
        skipped(`in containers (skipped: ${DOCKER}) the image`),
      ],
    },
    { exit: 1, outcomes: [skipped('something'), failed] },
  ]);
  expect(stdout).toBe(
    `\n  failed: run 1: more\n    no bets\n    at all\n  1 skipped: no compiler\n  1 skipped: ${DOCKER}\n` +
      `  1 skipped: they are not for ${process.platform}, or were not chosen\n` +
      'tests: 2 passed, 1 failed, 3 skipped\n',
  );
  const left = spawnSync('ls', [folder], { encoding: 'utf8' }).stdout;
  expect(left).toBe('runner.mjs\nwords\n');
});
