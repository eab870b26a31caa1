/** `npm run test:crash -- [--rounds N] [--seed S]`: kills servers and agencies, and looks whether a promise broke. */
import { randomInt } from 'node:crypto';

import { EXIT_DONE, EXIT_FAILED, runProgram } from '../../../program/exit';
import { readOptions, wholeNumber } from '../../../tools/options';
import { CrashTestPlan, describeSummary, runCrashTest } from './crash_test';

const USAGE = 'usage: npm run test:crash -- [--rounds N] [--seed S]';
const OPTIONS = { rounds: { type: 'string' }, seed: { type: 'string' } } as const;
const DEFAULT_ROUNDS = 20;
const MAX_ROUNDS = 1_000_000;
const MAX_SEED = 0xffff_ffff;

void runProgram(async () => {
  const plan = readArguments(process.argv.slice(2));
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

function readArguments(words: readonly string[]): CrashTestPlan {
  const { rounds, seed } = readOptions(words, OPTIONS, USAGE);
  return {
    rounds: wholeNumber('rounds', rounds, { minimum: 1, maximum: MAX_ROUNDS, hint: USAGE }) ?? DEFAULT_ROUNDS,
    seed: wholeNumber('seed', seed, { minimum: 0, maximum: MAX_SEED, hint: USAGE }) ?? randomInt(MAX_SEED),
  };
}
