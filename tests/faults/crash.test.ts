/**
 * Servers and agencies are killed at any moment, and every promise is held against what is stored.
 *
 * CRASH_ROUNDS sets how many rounds are played, SEED which; without it each run plays other ones.
 */
import { randomInt } from 'node:crypto';

import { describeSummary, runCrashTest } from './crash/crash_test';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? 12);
const seed = Number(process.env['SEED'] ?? randomInt(0xffff_ffff));
/** A round takes two to three seconds; one in which something hangs, forty. */
const TIMEOUT_MS = 120_000 + rounds * 10_000;

test(
  `${rounds} rounds with seed ${seed}: no acknowledged bet is lost or doubled, and there is one draw`,
  async () => {
    const summary = await runCrashTest({ rounds, seed }, () => undefined);
    process.stdout.write(describeSummary(summary));
    expect(summary.findings).toEqual([]);
    expect(summary.kills.size).toBeGreaterThan(0);
    expect(summary.acknowledgedBatches).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
