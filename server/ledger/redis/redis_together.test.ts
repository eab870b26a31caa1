import fc from 'fast-check';

import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { Call, playTogether, turns } from '../remote/testing/together';
import { takingOverTogether } from '../remote/testing/taking_over';
import { LedgerCalls } from '../testing/ledger_calls';
import { MODEL_TERMS } from '../testing/ledger_model';
import { MAX_KNOWN_ASKS } from './database_constants';
import { RedisLedger } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

describeWithRedis('several RedisLedgers on one database', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  test('are one ledger: the audit log is an order in which each answer is right', async () => {
    await fc.assert(fc.asyncProperty(turns, turns, turns, areOneLedger), { numRuns: 15 });
  }, 120_000);

  describe('taking over (R22)', () => {
    let ledgers: readonly [LedgerCalls, LedgerCalls];
    let database: TestRedis;

    beforeEach(async () => {
      database = new TestRedis(server);
      ledgers = [await open(database), await open(database)];
    });
    afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

    const countAsks = (): Promise<number> => database.command<number>('HLEN', 'lottery:asks:1');
    takingOverTogether(() => ({ ledgers, batches: () => database.batches(), countAsks }), MAX_KNOWN_ASKS);
  });

  async function areOneLedger(...plans: readonly [Call[][], Call[][], Call[][]]): Promise<void> {
    const database = new TestRedis(server);
    const ledgers = await Promise.all(plans.map(() => open(database)));
    try {
      await playTogether({ ledgers, auditLines: () => database.auditLines() }, plans);
    } finally {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
    }
  }
});

async function open(database: TestRedis): Promise<LedgerCalls> {
  const ledger = await RedisLedger.open({
    url: database.url,
    terms: MODEL_TERMS,
    maxBatchBytes: 1024 * 1024,
    onBroken: () => undefined,
    onTrouble: () => undefined,
  });
  return new LedgerCalls(ledger, MODEL_TERMS.winnerNumber);
}
