import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { stripVTControlCharacters } from 'node:util';

/** The reason in the name of a test that is skipped, or of one that stands for others in its file; it may hold parentheses. */
const REASON = / \(skipped: ((?:[^()]|\([^()]*\))*)\)/;
const NO_REASON = `they are not for ${process.platform}, or were not chosen`;

/** What is kept of why a test has failed. */
const MAX_FAILURE_CHARACTERS = 4_000;

/** How long a run may take to end when its tests are through. */
const END_WITHIN_MS = 30_000;

/**
 * Appends each test's outcome to the file named by TEST_TALLY, one JSON line a test, for a sum over several runs. A run
 * that does not end by itself, since a test left something open, is ended, and has failed.
 */
export default class TallyReporter {
  onRunComplete() {
    const end = () => {
      process.stderr.write(
        'A test left something open (jest --detectOpenHandles finds it): the run has failed.\n',
      );
      process.exit(1);
    };
    setTimeout(end, END_WITHIN_MS).unref();
    // Taking itself apart, Node can wait without end for requests that nobody answers (CleanupHandles).
    process.once('beforeExit', () => process.exit());
  }

  onTestResult(_test, { testFilePath, testResults, testExecError }) {
    const file = process.env.TEST_TALLY;
    if (file === undefined) return;
    const [common = NO_REASON] = testResults.flatMap(({ fullName }) => reasonIn(fullName) ?? []);
    const lines = testResults.map(({ fullName, status, failureMessages }) => {
      const outcome = { test: `${testFilePath}: ${fullName}`, status };
      if (status === 'passed') return outcome;
      if (status === 'failed') return { ...outcome, reason: failureIn(failureMessages) };
      return { ...outcome, reason: reasonIn(fullName) ?? common };
    });
    if (testExecError !== undefined) {
      lines.push({ test: testFilePath, status: 'failed', reason: failureIn([testExecError.message]) });
    }
    appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}

function reasonIn(name) {
  return REASON.exec(name)?.[1];
}

function failureIn(messages) {
  return stripVTControlCharacters(messages.join('\n')).slice(0, MAX_FAILURE_CHARACTERS);
}
