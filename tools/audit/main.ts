/** Prints, follows or verifies the audit log: `npm run audit -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../../program/signals';

import { join } from 'node:path';

import { EXIT_DONE, OperationError, runProgram } from '../../program/exit';
import { standardOutputSocket } from '../../program/standard_output';
import { readServerConfiguration } from '../../server/config';
import { AuditReader } from '../../server/ledger/sqlite/audit_reader';
import { AuditTask, readArguments, USAGE } from './arguments';
import { LineOutput } from './line_output';
import { printLines } from './print_lines';
import { verifyLog } from './verify';

const CONFIGURATION_FILE = join(__dirname, '..', '..', '..', 'server', 'config.ini');

void runProgram(async () => {
  const stop = stopSignal();
  const output = new LineOutput(standardOutputSocket() ?? process.stdout, stop);
  const task = readArguments(process.argv.slice(2));
  try {
    return await perform(task, output, stop);
  } finally {
    await output.flush();
  }
});

async function perform(task: AuditTask, output: LineOutput, stop: AbortSignal): Promise<number> {
  if (task === 'help') {
    await output.write(USAGE);
    return EXIT_DONE;
  }
  const { DATA_DIR: folder } = readServerConfiguration(CONFIGURATION_FILE, process.env);
  if (task === 'verify') return verify(folder, output, stop);
  const reader = new AuditReader(folder);
  try {
    await printLines(reader, output, task === 'follow');
  } finally {
    reader.close();
  }
  return EXIT_DONE;
}

async function verify(folder: string, output: LineOutput, stop: AbortSignal): Promise<number> {
  const verification = await verifyLog(folder, stop);
  if (verification === undefined) throw new OperationError('stopped: not all was verified');
  const { counts, agencies, draw, differences, differenceCount } = verification;
  for (const difference of differences) await output.write(`${difference}\n`);
  if (differenceCount > 0) {
    const more = differenceCount - differences.length;
    const untold = more > 0 ? `, ${more} of them are not told` : '';
    const noun = differenceCount === 1 ? 'difference' : 'differences';
    throw new OperationError(`the log and the ledger differ: ${differenceCount} ${noun}${untold}`);
  }
  await output.write(
    `the log and the ledger agree: ${counts.lines} lines, ${counts.batches} batches with ${counts.bets} bets, ` +
      `${counts.finishedAgencies} of ${agencies} agencies finished, ${draw}\n`,
  );
  return EXIT_DONE;
}
