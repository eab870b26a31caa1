/** `npm run test:crash -- [--rounds N] [--seed S]`: kills servers and agencies, and looks whether a promise broke. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { ConfigurationError, EXIT_DONE, EXIT_FAILED, oneLine, runProgram } from '../../../program/exit';
import { CrashTestPlan, describeSummary, runCrashTest } from './crash_test';

const USAGE = 'usage: npm run test:crash -- [--rounds N] [--seed S]';
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
  const { rounds, seed } = parseWords(words);
  return {
    rounds: wholeNumber('rounds', rounds, 1, MAX_ROUNDS) ?? DEFAULT_ROUNDS,
    seed: wholeNumber('seed', seed, 0, MAX_SEED) ?? randomInt(MAX_SEED),
  };
}

function parseWords(words: readonly string[]): { rounds?: string | undefined; seed?: string | undefined } {
  const options = { rounds: { type: 'string' }, seed: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${USAGE}`);
  }
}

function wholeNumber(
  option: string,
  text: string | undefined,
  minimum: number,
  maximum: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= minimum && value <= maximum) return value;
  throw new ConfigurationError(
    `--${option}: ${JSON.stringify(text)} is wrong; allowed is a whole number from ${minimum} to ${maximum}; ${USAGE}`,
  );
}
