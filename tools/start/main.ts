/** The main job without Docker: `npm start -- --help`. */
import { join, relative } from 'node:path';

import { EXIT_DONE, runProgram } from '../../program/exit';
import { stopSignal } from '../../program/signals';
import { readArguments, USAGE } from './arguments';
import { startLottery } from './lottery';

const COMPILED = join(__dirname, '..', '..');

async function main(): Promise<number> {
  const stop = stopSignal();
  // The reader of the output may leave early (`npm start | head`): the run goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  const command = readArguments(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const project = relative(process.cwd(), join(COMPILED, '..'));
  const folders = {
    compiled: COMPILED,
    data: join(project, '.data'),
    runs: join(project, '.run'),
    verifier: join(project, 'verifier', 'verify.mjs'),
  };
  return startLottery(folders, command, stop);
}

void runProgram(main);
