/** Generates the agencies' bet files: `npm run data -- --help`. */
import { counted } from '../../program/counted';
import { EXIT_DONE, runProgram } from '../../program/exit';
import { stopSignal } from '../../program/signals';
import { writeAgencyFiles, writeMissingFiles } from './agency_files';
import { USAGE, readArguments } from './arguments';

async function main(): Promise<number> {
  const command = readArguments(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const { plan, missingOnly } = command;
  const stop = stopSignal();
  try {
    const files = await (missingOnly ? writeMissingFiles : writeAgencyFiles)(plan, stop);
    for (const { name, bets, winners } of files) {
      process.stdout.write(
        `${name}: ${counted(bets, 'bet')}, ${counted(winners, 'winner')} for ${plan.winnerNumber}\n`,
      );
    }
    if (files.length === 0) process.stdout.write(`no file is missing in ${plan.out}\n`);
  } catch (error) {
    if (!stop.aborted) throw error;
    process.stderr.write('stopped: the file that was being written is left as it was\n');
  }
  return EXIT_DONE;
}

void runProgram(main);
