/**
 * `node sum_tally.mjs FILE`: sums up the outcomes that tally_reporter.mjs has written, over several runs: a test
 * that failed once has failed, one that was skipped in one run and passed in another has passed. Exit 1 when any
 * has failed or none was run.
 */
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const outcomes = new Map();
for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '') continue;
  const { test, status } = JSON.parse(line);
  const known = outcomes.get(test);
  if (known === 'failed' || (known === 'passed' && status !== 'failed')) continue;
  outcomes.set(test, status === 'passed' || status === 'failed' ? status : 'skipped');
}
const count = (status) => [...outcomes.values()].filter((outcome) => outcome === status).length;
console.log(`tests: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 || count('passed') === 0 ? 1 : 0;
