import { appendFileSync } from 'node:fs';

/** Appends each test's outcome to the file named by TEST_TALLY, one JSON line a test, for a sum over several runs. */
export default class TallyReporter {
  onTestResult(_test, { testFilePath, testResults, testExecError }) {
    const file = process.env.TEST_TALLY;
    if (file === undefined) return;
    const lines = testResults.map(({ fullName, status }) =>
      JSON.stringify({ test: `${testFilePath}: ${fullName}`, status }),
    );
    if (testExecError !== undefined) lines.push(JSON.stringify({ test: testFilePath, status: 'failed' }));
    appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
  }
}
