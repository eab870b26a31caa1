/** Makes, renews and revokes certificates, and tells when they expire: `npm run certificates -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../../program/signals';

import { EXIT_DONE, EXIT_FAILED, runProgram } from '../../program/exit';
import { readArguments, USAGE } from './arguments';
import { makeCertificates } from './make';
import { isAmiss, reportText } from './report_text';

async function main(): Promise<number> {
  const stop = stopSignal();
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const now = new Date();
  try {
    const report = await makeCertificates({ ...plan, now }, stop);
    process.stdout.write(reportText(report, now));
    for (const problem of report.problems) process.stderr.write(`${problem}\n`);
    return isAmiss(report) ? EXIT_FAILED : EXIT_DONE;
  } catch (error) {
    if (!stop.aborted) throw error;
    process.stderr.write('stopped between two certificates: the same command again makes the rest\n');
    return EXIT_DONE;
  }
}

void runProgram(main);
