/** Prints, follows or verifies the audit log: `npm run audit -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { counted } from '../../program/counted';
import { stopSignal } from '../../program/signals';

import { join } from 'node:path';

import { EXIT_DONE, OperationError, runProgram } from '../../program/exit';
import { standardOutputSocket } from '../../program/standard_output';
import { readServerConfiguration } from '../../server/config';
import type { AuditReader } from '../../server/ledger/audit_reader';
import { AuditTask, readArguments, USAGE } from './arguments';
import { LineOutput } from '../line_output';
import { openReader } from './open_reader';
import { printLines } from './print_lines';
import { verifyLog } from './verify';

const CONFIGURATION_FILE = join(__dirname, '..', '..', '..', 'server', 'config.ini');

void runProgram(async () => {
  const stop = stopSignal();
  const output = new LineOutput(standardOutputSocket() ?? process.stdout, stop);
  const task = readArguments(process.argv.slice(2));
  try {
    if (task === 'help') await output.write(USAGE);
    else await perform(task, output, stop);
    return EXIT_DONE;
  } finally {
    await output.flush();
  }
});

async function perform(
  task: Exclude<AuditTask, 'help'>,
  output: LineOutput,
  stop: AbortSignal,
): Promise<void> {
  const configuration = readServerConfiguration(CONFIGURATION_FILE, process.env);
  let reader: AuditReader | undefined;
  try {
    reader = await openReader(configuration, stop);
    if (task === 'verify') await verify(reader, output, stop);
    else await printLines(reader, output, task === 'follow');
  } catch (error) {
    // A query that was interrupted by the stop may have failed.
    if (!stop.aborted) throw error;
  } finally {
    await reader?.close();
  }
  if (stop.aborted && task === 'verify') throw new OperationError('stopped: not all was verified');
}

async function verify(reader: AuditReader, output: LineOutput, stop: AbortSignal): Promise<void> {
  const verification = await verifyLog(reader, stop);
  if (verification === undefined) return;
  const { counts, agencies, draw, differences, differenceCount } = verification;
  for (const difference of differences) await output.write(`${difference}\n`);
  if (differenceCount > 0) {
    const more = differenceCount - differences.length;
    const untold = more > 0 ? `, ${more} of them are not told` : '';
    const told = counted(differenceCount, 'difference');
    throw new OperationError(`the log and the ledger differ: ${told}${untold}`);
  }
  await output.write(
    `the log and the ledger agree: ${counted(counts.lines, 'line')}, ` +
      `${counted(counts.batches, 'batch', 'batches')} with ${counted(counts.bets, 'bet')}, ` +
      `${counts.finishedAgencies} of ${counted(agencies, 'agency', 'agencies')} finished, ${draw}` +
      (counts.notes > 0 ? `; ${counted(counts.notes, 'note')}` : '') +
      (counts.countedRefusals > 0 ? `; ${counts.countedRefusals} refusals were only counted\n` : '\n'),
  );
}
