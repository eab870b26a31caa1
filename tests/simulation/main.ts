/** `npm run simulate -- [--runs N] [--seed S]`: plays schedules from a seed on; a failure names the seed that replays it. */
import { parseArgs } from 'node:util';

import { ConfigurationError, EXIT_DONE, EXIT_FAILED, oneLine, runProgram } from '../../program/exit';
import { Simulation } from './simulation';

const USAGE = 'usage: npm run simulate -- [--runs N] [--seed S]';

void runProgram(async () => {
  const { runs, seed } = readArguments();
  const startedMs = performance.now();
  const sums = { steps: 0, faults: 0, bets: 0, simulatedMs: 0 };
  for (let run = 0; run < runs; run++) {
    try {
      const summary = await new Simulation(seed + run).run();
      for (const key of ['steps', 'faults', 'bets', 'simulatedMs'] as const) sums[key] += summary[key];
    } catch (error) {
      console.log(`seed ${seed + run}: ${oneLine(error)}`);
      console.log(`replay: npm run simulate -- --runs 1 --seed ${seed + run}`);
      return EXIT_FAILED;
    }
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(`seeds ${seed} to ${seed + runs - 1}: ${runs} schedules kept every promise`);
  console.log(
    `${sums.faults} faults, ${sums.bets} bets, ${sums.steps} steps, ` +
      `${Math.round(sums.simulatedMs / 1_000)} simulated seconds in ${seconds} s`,
  );
  return EXIT_DONE;
});

function readArguments(): { runs: number; seed: number } {
  try {
    const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
    return { runs: wholeNumber(values.runs ?? '1000'), seed: wholeNumber(values.seed ?? '1') };
  } catch {
    throw new ConfigurationError(USAGE);
  }
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new ConfigurationError(USAGE);
  return Number(text);
}
