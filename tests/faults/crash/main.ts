/** `npm run test:crash -- [--rounds N] [--seed S]`: kills servers and agencies, and looks whether a promise broke. */
import { randomInt } from 'node:crypto';

import { EXIT_DONE, EXIT_FAILED, runProgram } from '../../../program/exit';
import { readOptions, wholeNumber } from '../../../tools/options';
import { CrashTestPlan, describeSummary, runCrashTest } from './crash_test';

const OPTIONS = {
  rounds: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const DEFAULT_ROUNDS = 20;
const MAX_ROUNDS = 1_000_000;
const MAX_SEED = 0xffff_ffff;
const HINT = 'npm run test:crash -- --help prints the usage';
const USAGE = `Kills servers and agencies at random moments and at named points, and looks whether a promise broke.

usage: npm run test:crash -- [--rounds N] [--seed S]

  --rounds N   how many rounds, 1 to ${MAX_ROUNDS} (default ${DEFAULT_ROUNDS})
  --seed S     0 to ${MAX_SEED}: plays the same again (a random one if left out)
  -h, --help   prints this

for example: npm run test:crash -- --rounds 20 --seed 1
`;

void runProgram(async () => {
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  process.stdout.write(`rounds: ${plan.rounds}, seed: ${plan.seed}\n`);
  const summary = await runCrashTest(
    plan,
    ({ round, inherits }, { kills, agencyKills, checkedBatches, findings }) => {
      process.stdout.write(
        `round ${round}${inherits ? ' on the ledger before' : ''}: killed at ${kills.join(', ') || 'no point'}` +
          `${agencyKills > 0 ? `, ${agencyKills} times an agency` : ''}; ${checkedBatches} batches looked up, ` +
          `${findings.length} findings\n`,
      );
    },
  );
  process.stdout.write(describeSummary(summary));
  return summary.findings.length === 0 ? EXIT_DONE : EXIT_FAILED;
});

function readArguments(words: readonly string[]): CrashTestPlan | 'help' {
  const { rounds, seed, help } = readOptions(words, OPTIONS, HINT);
  if (help === true) return 'help';
  return {
    rounds: wholeNumber('rounds', rounds, { minimum: 1, maximum: MAX_ROUNDS, hint: HINT }) ?? DEFAULT_ROUNDS,
    seed: wholeNumber('seed', seed, { minimum: 0, maximum: MAX_SEED, hint: HINT }) ?? randomInt(MAX_SEED),
  };
}
