/** Asks a server of the lottery: `npm run ask -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../../program/signals';

import { join, relative } from 'node:path';

import { EXIT_DONE, runProgram } from '../../program/exit';
import { standardOutputSocket } from '../../program/standard_output';
import { LineOutput } from '../line_output';
import { readArguments, USAGE } from './arguments';
import { runConsole } from './console';

const COMPILED = join(__dirname, '..', '..');

void runProgram(async () => {
  const stop = stopSignal();
  // Whoever reads the remarks may leave early.
  process.stderr.on('error', () => undefined);
  const output = new LineOutput(standardOutputSocket() ?? process.stdout, stop);
  try {
    const plan = readArguments(process.argv.slice(2), process.env);
    if (plan === 'help') {
      await output.write(USAGE);
      return EXIT_DONE;
    }
    const own = plan.folder ?? relative(process.cwd(), join(COMPILED, '..', '.run', 'ask'));
    return await runConsole(plan, { compiled: COMPILED, own }, output, stop);
  } finally {
    await output.flush();
  }
});
