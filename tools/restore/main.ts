/** Makes a ledger from a copy: `npm run restore -- --help`. */
// First, so that no signal is missed while the others are loaded.
import { stopSignal } from '../../program/signals';

import { EXIT_DONE, runProgram } from '../../program/exit';
import { readArguments, USAGE } from './arguments';
import { restore } from './restore';

void runProgram(async () => {
  const stop = stopSignal();
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const { counts, agencies, draw, winnerNumber, lastLine } = await restore(plan, stop);
  process.stdout.write(
    `${plan.into}: restored from ${plan.copy}: ${counts.batches} batches with ${counts.bets} bets, ` +
      `${counts.finishedAgencies} of ${agencies} agencies finished, ${draw}\n` +
      `its audit log goes to line ${counts.lines}${lastLine === undefined ? '' : `: ${lastLine}`}\n` +
      'what was acknowledged after that is not in it; agencies that come back send it again\n' +
      `start the server with DATA_DIR=${plan.into} AGENCIES=${agencies} ${numberSetting(winnerNumber)}\n`,
  );
  return EXIT_DONE;
});

/** @param winnerNumber `undefined` where it is not known before the sale is sealed */
function numberSetting(winnerNumber: number | undefined): string {
  return winnerNumber === undefined
    ? 'and the same DRAW_NUMBER and RECEIPTS as before'
    : `LOTTERY_WINNER_NUMBER=${winnerNumber}`;
}
