import fc from 'fast-check';

import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import { Call, playTogether, turns } from '../remote/testing/together';
import { LedgerCalls } from '../testing/ledger_calls';
import { MODEL_TERMS } from '../testing/ledger_model';
import { MAX_KNOWN_ASKS } from './database_constants';
import { RedisLedger } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const BARRED = { name: 'AgencyTakenOver' };

describeWithRedis('several RedisLedgers on one database', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  test('are one ledger: the audit log is an order in which each answer is right', async () => {
    await fc.assert(fc.asyncProperty(turns, turns, turns, areOneLedger), { numRuns: 15 });
  }, 120_000);

  describe('taking over (R22)', () => {
    const ask = (ledger: LedgerCalls, number: number): Promise<unknown> =>
      ledger.standing(1, undefined, number);
    const send = (ledger: LedgerCalls, batchId: number, number: number): Promise<unknown> =>
      ledger.append(batchOf(1, batchId), undefined, number);
    let ledgers: readonly [LedgerCalls, LedgerCalls];
    let database: TestRedis;

    beforeEach(async () => {
      database = new TestRedis(server);
      ledgers = [await open(database), await open(database)];
    });
    afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

    test('holds over all servers, whatever their numbers of the ASKs are', async () => {
      const [one, other] = ledgers;
      await ask(one, 9);
      await ask(other, 1);
      expect(await send(one, 1, 9)).toBe('stored');
      expect(await send(other, 2, 1)).toBe('stored');
      await expect(send(one, 3, 9)).rejects.toMatchObject(BARRED);
      await ask(one, 10);
      expect(await send(one, 3, 10)).toBe('stored');
      await expect(send(other, 4, 1)).rejects.toMatchObject(BARRED);
      expect(await database.batches()).toEqual([1, 2, 3].map((batchId) => [1, batchId]));
    });

    test('however many only ask, the connection that sends may go on sending', async () => {
      const [one, other] = ledgers;
      await ask(other, 1);
      expect(await send(other, 1, 1)).toBe('stored');
      for (let round = 0; round < 2; round++) {
        const numbers = Array.from({ length: MAX_KNOWN_ASKS + 6 }, (_, index) => 100 * round + index + 1);
        await Promise.all(numbers.map((number) => ask(one, number)));
        expect(await send(other, 2 + round, 1)).toBe('stored');
      }
      expect(await database.command('HLEN', 'lottery:asks:1')).toBe(MAX_KNOWN_ASKS + 1);
      expect(await send(one, 4, 170)).toBe('stored');
      await expect(send(other, 5, 1)).rejects.toMatchObject(BARRED);
    });

    test('a bounded number of ASKs is known, and a connection whose ASK is older asks again', async () => {
      const [one, other] = ledgers;
      await ask(other, 1);
      await Promise.all(Array.from({ length: MAX_KNOWN_ASKS }, (_, index) => ask(one, index + 1)));
      await expect(send(other, 1, 1)).rejects.toMatchObject(BARRED);
      expect(await send(one, 1, 1)).toBe('stored');
      expect(await database.command('HLEN', 'lottery:asks:1')).toBe(MAX_KNOWN_ASKS);
    });
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
