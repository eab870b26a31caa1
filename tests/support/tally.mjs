import { existsSync, readFileSync } from 'node:fs';

/** Of more failures than this, only the first are told with their reasons. */
const MAX_TOLD_FAILURES = 10;

/**
 * Sums up the outcomes that tally_reporter.mjs has written, over several runs: a test that failed once has failed, one
 * that was skipped in one run and passed in another has passed.
 *
 * @param {string} file the file named by TEST_TALLY
 * @returns {{ text: string, isGood: boolean }} the sum, what has failed and why, and what was skipped for which reason, in lines; whether some
 *   were run and none has failed
 */
export function sumTally(file) {
  const outcomes = new Map();
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const line of lines) {
    if (line === '') continue;
    const { test, status, reason } = JSON.parse(line);
    const known = outcomes.get(test)?.status;
    if (known === 'failed' || (known === 'passed' && status !== 'failed')) continue;
    outcomes.set(test, { status: status === 'passed' || status === 'failed' ? status : 'skipped', reason });
  }
  const all = [...outcomes.values()];
  const count = (status) => all.filter((outcome) => outcome.status === status).length;
  const reasons = new Map();
  for (const { status, reason = 'no reason was given' } of all) {
    if (status === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const skipped = [...reasons].map(([reason, tests]) => `  ${tests} skipped: ${reason}\n`);
  const failures = [...outcomes].filter(([, { status }]) => status === 'failed');
  const failed = failures
    .slice(0, MAX_TOLD_FAILURES)
    .map(([test, { reason = 'no reason was given' }]) => `  failed: ${test}\n${indented(reason)}`);
  const sum = `tests: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`;
  return {
    text: `${failed.join('')}${skipped.join('')}${sum}`,
    isGood: count('failed') === 0 && count('passed') > 0,
  };
}

function indented(text) {
  return text.trimEnd().replaceAll(/^/gm, '    ') + '\n';
}
