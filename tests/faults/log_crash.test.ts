/**
 * A server that gives receipts is killed at every point at which it writes its log, and all that it ever signed is held
 * against what its log has become.
 *
 * LOG_CRASH_ROUNDS sets how many lotteries are played, SEED which; without it each run plays other ones.
 */
import { randomInt } from 'node:crypto';

import { Random } from '../../tools/random';
import { Stage } from '../support/programs';
import { playLogCrash } from './log_crash/log_crash_round';
import { planLogKills } from './log_crash/log_points';

const rounds = Number(process.env['LOG_CRASH_ROUNDS'] ?? 1);
const seed = Number(process.env['SEED'] ?? randomInt(0xffff_ffff));
const ROUND_PURPOSE = 304;
const ROUND_TIMEOUT_MS = 300_000;

const stage = new Stage();
afterAll(() => stage.close());

test.each(Array.from({ length: rounds }, (_, index) => [index + 1, seed]))(
  'round %d with seed %d: no two contradicting checkpoints, and every receipt holds at the end',
  async (round) => {
    const kills = planLogKills(seed, round);
    const roundSeed = new Random(seed, ROUND_PURPOSE, round).word();
    const result = await playLogCrash(kills, roundSeed, stage);
    process.stdout.write(
      `${result.kills.length} kills, ${result.batches} batches, ${result.receipts} receipts, ` +
        `${result.checkpoints} checkpoints\n`,
    );
    expect(result.findings).toEqual([]);
    expect(result.kills).toEqual([...kills.sale, ...kills.seal, ...kills.result].map(({ point }) => point));
    expect(result.receipts).toBeGreaterThan(0);
  },
  ROUND_TIMEOUT_MS,
);
