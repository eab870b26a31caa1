import { Simulation } from './simulation';

/** A schedule takes some hundredths of a second; on a machine that is busy with others, many times as long. */
const TIMEOUT_MS = 600_000;
const RUNS = Number(process.env['SIMULATION_RUNS'] ?? '600');

test(
  'every seeded schedule of faults keeps the promises',
  async () => {
    const first = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    console.log(`seeds ${first} to ${first + RUNS - 1}; replay: npm run simulate -- --runs 1 --seed S`);
    for (let seed = first; seed < first + RUNS; seed++) {
      await new Simulation(seed).run().catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${String(error)}`);
      });
    }
  },
  TIMEOUT_MS,
);
