/**
 * `npm test`: all tests, those in containers by themselves and last, whether the others have passed or not. At the end it
 * says how many were skipped, why, and what to install. Exit 1 when one has failed. Words are handed to both runs of Jest.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sumTally } from './tally.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const JEST = process.env.TEST_RUNNER ?? 'node_modules/jest/bin/jest.js';
const RUNS = [
  ['--selectProjects', 'unit', 'system', 'faults'],
  ['--verbose', '--selectProjects', 'containers'],
];

let child;
let isStopped = false;
for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    isStopped = true;
    child?.kill(name);
  });
}

function run(words, tally) {
  const env = { ...process.env, TEST_TALLY: tally };
  return new Promise((resolve, reject) => {
    child = spawn(process.execPath, [JEST, ...words, ...process.argv.slice(2)], {
      cwd: ROOT,
      env,
      stdio: 'inherit',
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const folder = mkdtempSync(join(tmpdir(), 'lottery-tally-'));
try {
  const own = join(folder, 'tally');
  const tally = process.env.TEST_TALLY ?? own;
  let failed = false;
  for (const words of RUNS) if (!isStopped && (await run(words, tally)) !== 0) failed = true;
  // Who has named a file sums it up.
  if (tally === own) process.stdout.write(`\n${sumTally(own).text}`);
  process.exitCode = failed || isStopped ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
