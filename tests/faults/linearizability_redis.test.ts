/**
 * The audit log of several servers over one Redis is a linearization of what clients of all doors at each of them have seen,
 * across the ends of all servers.
 *
 * SEED decides what is sent, ROUNDS how often it is played.
 */
import { TestRedis } from '../../server/ledger/redis/testing/test_redis';
import { Stage } from '../support/programs';
import { describeWithRedis, RedisServer } from '../support/redis';
import { playLinearizable } from './linearizability/play_linearizable';
import { redisLedger } from './linearizability/played_ledger';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';

const SERVERS = 3;

describeWithRedis('several servers over one Redis', () => {
  let redis: RedisServer;
  let stage: Stage;
  beforeAll(async () => void (redis = await RedisServer.start()));
  afterAll(() => redis.remove());
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.close());

  test(
    `seed ${SEED}: the log explains every answer, in one order that keeps to real time`,
    async () => {
      for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
        await playLinearizable(stage, redisLedger(new TestRedis(redis), SERVERS), seed);
      }
    },
    TIMEOUT_MS,
  );
});
