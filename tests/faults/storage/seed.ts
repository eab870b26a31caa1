/** Decides which cuts are played and what they leave, not how the processes are scheduled. From the environment. */
export const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

/** How many times the usual work is done: ROUNDS from the environment, or 10 with LONG=1. */
export const ROUNDS = Number(process.env['ROUNDS'] ?? (process.env['LONG'] === '1' ? 10 : 1));

/** What a test that does its work ROUNDS times may take, in milliseconds. */
export const TIMEOUT_MS = 60_000 * ROUNDS;
