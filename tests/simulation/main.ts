/** `npm run simulate -- [--lies] [--runs N] [--seed S]`: plays schedules from a seed on; a failure names the seed that replays it. */
import { EXIT_DONE, EXIT_FAILED, oneLine, runProgram } from '../../program/exit';
import { readOptions, wholeNumber } from '../../tools/options';
import { LieRun } from './lies/lie_run';
import { Verifier } from './lies/verifier';
import { Simulation, SimulationSummary } from './simulation';

const OPTIONS = {
  runs: { type: 'string' },
  seed: { type: 'string' },
  lies: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
const DEFAULT_RUNS = 1_000;
const DEFAULT_SEED = 1;
const MAX_NUMBER = 999_999_999;
const HINT = 'npm run simulate -- --help prints the usage';
const USAGE = `Plays the whole lottery in one process under faults that a seed decides, and looks whether a promise breaks; a
failure names the seed that replays it. With --lies the server keeps a log and tells a lie that the seed decides, and what
each check says of it must be what it must say.

usage: npm run simulate -- [--lies] [--runs N] [--seed S]

  --runs N     how many schedules, 0 to ${MAX_NUMBER} (default ${DEFAULT_RUNS})
  --seed S     the seed of the first; each next one has the next seed, 0 to ${MAX_NUMBER} (default ${DEFAULT_SEED})
  --lies       plays servers that lie to those who check the draw, and some that do not
  -h, --help   prints this

for example: npm run simulate -- --runs 10000 --seed 1
             npm run simulate -- --lies --runs 10000 --seed 1
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
  return plan.areLies ? playLies(plan) : playFaults(plan);
});

/** Which schedules are to be played. */
interface Plan {
  readonly areLies: boolean;
  readonly runs: number;
  readonly seed: number;
}

async function playFaults(plan: Plan): Promise<number> {
  const startedMs = performance.now();
  const sums = { ...NOTHING };
  const isGood = await playEach(plan, async (seed) => {
    const summary = await new Simulation(seed).run();
    for (const key of Object.keys(sums) as (keyof SimulationSummary)[]) sums[key] += summary[key];
  });
  if (!isGood) return EXIT_FAILED;
  console.log(`${seedsOf(plan)}: ${plan.runs} schedules kept every promise`);
  console.log(
    `${sums.faults} faults, ${sums.bets} bets, ${sums.steps} steps, ` +
      `${Math.round(sums.simulatedMs / 1_000)} simulated seconds in ${secondsSince(startedMs)} s`,
  );
  console.log(
    `draws with agencies missing: ${sums.incompleteDraws}, of them called off: ${sums.calledOff}; ` +
      `servers killed between close and draw: ${sums.resumedDraws}; deadlines held: ${sums.heldDeadlines}; ` +
      `several servers: ${sums.shared}`,
  );
  return EXIT_DONE;
}

async function playLies(plan: Plan): Promise<number> {
  const startedMs = performance.now();
  const told = new Map<string, number>();
  let honest = 0;
  const verifier = new Verifier();
  try {
    const isGood = await playEach(plan, async (seed) => {
      const lie = await new LieRun(seed, verifier).run();
      if (lie === undefined) honest++;
      else told.set(lie, (told.get(lie) ?? 0) + 1);
    });
    if (!isGood) return EXIT_FAILED;
  } finally {
    await verifier.close();
  }
  const lies = plan.runs - honest;
  console.log(`${seedsOf(plan)}: ${lies} lies of ${told.size} kinds were caught, by the checks that must`);
  console.log(`${honest} honest servers were believed; in ${secondsSince(startedMs)} s`);
  for (const [lie, count] of [...told].toSorted()) console.log(`${String(count).padStart(6)}  ${lie}`);
  return EXIT_DONE;
}

/** @returns whether all went well; where one did not, it is told with its seed */
async function playEach(
  { areLies, runs, seed }: Plan,
  play: (seed: number) => Promise<void>,
): Promise<boolean> {
  for (let run = 0; run < runs; run++) {
    try {
      await play(seed + run);
    } catch (error) {
      console.log(`seed ${seed + run}: ${oneLine(error)}`);
      console.log(`replay: npm run simulate -- ${areLies ? '--lies ' : ''}--runs 1 --seed ${seed + run}`);
      return false;
    }
  }
  return true;
}

function seedsOf({ seed, runs }: Plan): string {
  return `seeds ${seed} to ${seed + runs - 1}`;
}

function secondsSince(startedMs: number): string {
  return ((performance.now() - startedMs) / 1_000).toFixed(1);
}

function readArguments(words: readonly string[]): Plan | 'help' {
  const { runs, seed, lies: areLies = false, help } = readOptions(words, OPTIONS, HINT);
  if (help === true) return 'help';
  const allowed = { minimum: 0, maximum: MAX_NUMBER, hint: HINT };
  return {
    areLies,
    runs: wholeNumber('runs', runs, allowed) ?? DEFAULT_RUNS,
    seed: wholeNumber('seed', seed, allowed) ?? DEFAULT_SEED,
  };
}
