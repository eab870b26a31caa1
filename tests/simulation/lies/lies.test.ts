import { ALL_TURNS, LieRun } from './lie_run';
import { LIES } from './lies';
import { Verifier } from './verifier';

/** A run takes some hundredths of a second; on a machine that is busy with others, many times as long. */
const TIMEOUT_MS = 600_000;
const RUNS = Number(process.env['LIES_RUNS'] ?? '156');

let verifier: Verifier;
beforeAll(() => void (verifier = new Verifier()));
afterAll(() => verifier.close());

test(
  'every seeded lie is caught by the checks that must catch it, and no other says a word',
  async () => {
    const first = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    console.log(
      `seeds ${first} to ${first + RUNS - 1}; replay: npm run simulate -- --lies --runs 1 --seed S`,
    );
    const told = new Set<string | undefined>();
    for (let seed = first; seed < first + RUNS; seed++) {
      const lie = await new LieRun(seed, verifier).run().catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      });
      told.add(lie);
    }
    if (RUNS >= ALL_TURNS) expect(told.size).toBe(LIES.length + 1);
  },
  TIMEOUT_MS,
);
