/** `npm run simulate -- [--runs N] [--seed S]`: plays schedules from a seed on; a failure names the seed that replays it. */
import { EXIT_DONE, EXIT_FAILED, oneLine, runProgram } from '../../program/exit';
import { readOptions, wholeNumber } from '../../tools/options';
import { Simulation, SimulationSummary } from './simulation';

const OPTIONS = {
  runs: { type: 'string' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const DEFAULT_RUNS = 1_000;
const DEFAULT_SEED = 1;
const MAX_NUMBER = 999_999_999;
const HINT = 'npm run simulate -- --help prints the usage';
const USAGE = `Plays the whole lottery in one process under faults that a seed decides, and looks whether a promise breaks; a
failure names the seed that replays it.

usage: npm run simulate -- [--runs N] [--seed S]

  --runs N     how many schedules, 0 to ${MAX_NUMBER} (default ${DEFAULT_RUNS})
  --seed S     the seed of the first; each next one has the next seed, 0 to ${MAX_NUMBER} (default ${DEFAULT_SEED})
  -h, --help   prints this

for example: npm run simulate -- --runs 10000 --seed 1
`;
const NOTHING: SimulationSummary = {
  steps: 0,
  faults: 0,
  bets: 0,
  shared: 0,
  simulatedMs: 0,
  incompleteDraws: 0,
  calledOff: 0,
  resumedDraws: 0,
  heldDeadlines: 0,
};

void runProgram(async () => {
  const plan = readArguments(process.argv.slice(2));
  if (plan === 'help') {
    process.stdout.write(USAGE);
    return EXIT_DONE;
  }
  const { runs, seed } = plan;
  const startedMs = performance.now();
  const sums = { ...NOTHING };
  for (let run = 0; run < runs; run++) {
    try {
      const summary = await new Simulation(seed + run).run();
      for (const key of Object.keys(sums) as (keyof SimulationSummary)[]) sums[key] += summary[key];
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
  console.log(
    `draws with agencies missing: ${sums.incompleteDraws}, of them called off: ${sums.calledOff}; ` +
      `servers killed between close and draw: ${sums.resumedDraws}; deadlines held: ${sums.heldDeadlines}; ` +
      `several servers: ${sums.shared}`,
  );
  return EXIT_DONE;
});

function readArguments(words: readonly string[]): { runs: number; seed: number } | 'help' {
  const { runs, seed, help } = readOptions(words, OPTIONS, HINT);
  if (help === true) return 'help';
  const allowed = { minimum: 0, maximum: MAX_NUMBER, hint: HINT };
  return {
    runs: wholeNumber('runs', runs, allowed) ?? DEFAULT_RUNS,
    seed: wholeNumber('seed', seed, allowed) ?? DEFAULT_SEED,
  };
}
