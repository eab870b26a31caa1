import fc from 'fast-check';

import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import type { LotteryTerms } from '../ledger';
import { ledgerContract } from '../testing/ledger_contract';
import { expectSameAsInMemory, histories } from '../testing/ledger_model';
import { storageFailures } from '../testing/storage_failures';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const ignore = (): void => undefined;

describeWithRedis('RedisLedger', () => {
  let server: RedisServer;
  let database: TestRedis;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());
  afterEach(() => database.command('CONFIG', 'SET', 'maxmemory', '0'));

  const open = (terms: LotteryTerms = TERMS, more: Partial<RedisLedgerSettings> = {}): Promise<RedisLedger> =>
    RedisLedger.open({
      url: database.url,
      terms,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });
  const openNew = (terms: LotteryTerms = TERMS): Promise<RedisLedger> => {
    database = new TestRedis(server);
    return open(terms);
  };
  const auditLines = (): Promise<string[]> => database.auditLines();

  const ENGINE = { open: openNew, reopen: open, placeSetting: 'REDIS_URL', auditLines };
  ledgerContract('RedisLedger', ENGINE);
  storageFailures('RedisLedger', {
    ...ENGINE,
    fill: () => database.command('CONFIG', 'SET', 'maxmemory', '1'),
    free: () => database.command('CONFIG', 'SET', 'maxmemory', '0'),
  });

  test('answers any history as the ledger in memory does, restarts included', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (steps) => expectSameAsInMemory(ENGINE, steps)),
      { numRuns: 20 },
    );
  }, 120_000);
});
