/**
 * The audit log of several servers over one PostgreSQL is a linearization of what clients of both doors at each of them
 * have seen, across the ends of all servers.
 *
 * SEED decides what is sent, ROUNDS how often it is played.
 */
import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { describeWithPostgres, PostgresServer } from '../support/postgres';
import { Stage } from '../support/programs';
import { playLinearizable } from './linearizability/play_linearizable';
import { postgresLedger } from './linearizability/played_ledger';
import { ROUNDS, SEED, TIMEOUT_MS } from './storage/seed';

const SERVERS = 3;

describeWithPostgres('several servers over one PostgreSQL', () => {
  let postgres: PostgresServer;
  let stage: Stage;
  beforeAll(async () => void (postgres = await PostgresServer.start()));
  afterAll(() => postgres.remove());
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.close());

  test(
    `seed ${SEED}: the log explains every answer, in one order that keeps to real time`,
    async () => {
      for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
        await playLinearizable(stage, postgresLedger(await TestDatabase.create(postgres), SERVERS), seed);
      }
    },
    TIMEOUT_MS,
  );
});
