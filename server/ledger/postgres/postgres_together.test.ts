import fc from 'fast-check';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { Call, playTogether, turns } from '../remote/testing/together';
import { ask, BARRED, send, takingOverTogether } from '../remote/testing/taking_over';
import { LedgerCalls } from '../testing/ledger_calls';
import { MODEL_TERMS } from '../testing/ledger_model';
import { MAX_KNOWN_ASKS } from './database_constants';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

describeWithPostgres('several PostgresLedgers on one database', () => {
  let server: PostgresServer;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  test('are one ledger: the audit log is an order in which each answer is right', async () => {
    await fc.assert(fc.asyncProperty(turns, turns, turns, areOneLedger), { numRuns: 15 });
  }, 120_000);

  describe('taking over (R22)', () => {
    let ledgers: readonly [LedgerCalls, LedgerCalls];
    let database: TestDatabase;

    beforeEach(async () => {
      database = await TestDatabase.create(server);
      ledgers = [await open(database), await open(database)];
    });
    afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

    const countAsks = async (): Promise<number> => {
      const [row] = await database.sql<{ known: number }>('SELECT count(*)::integer AS known FROM asks');
      return row!.known;
    };
    takingOverTogether(() => ({ ledgers, batches: () => database.batches(), countAsks }), MAX_KNOWN_ASKS);

    test('no ASK of a server that has closed the ledger is kept', async () => {
      const [one] = ledgers;
      await Promise.all(Array.from({ length: MAX_KNOWN_ASKS }, (_, index) => ask(one, index + 1)));
      expect(await send(one, 1, 1)).toBe('stored');
      await one.close();
      expect(await database.sql('SELECT FROM asks')).toEqual([]);
    });

    test('a batch that a dead server has left under way comes too late', async () => {
      const [dead, other] = ledgers;
      await ask(dead, 1);
      await ask(other, 1);
      const endHold = await database.holdGroups();
      const taking = send(other, 1, 1);
      await database.untilGroupWaits();
      const late = send(dead, 2, 1).then(
        () => 'stored',
        (error: unknown) => (error instanceof Error ? error.name : error),
      );
      await endHold();
      expect(await taking).toBe('stored');
      expect(await late).toBe(BARRED.name);
      expect(await database.batches()).toEqual([[1, 1]]);
    });
  });

  async function areOneLedger(...plans: readonly [Call[][], Call[][], Call[][]]): Promise<void> {
    const database = await TestDatabase.create(server);
    const ledgers = await Promise.all(plans.map(() => open(database)));
    try {
      await playTogether({ ledgers, auditLines: () => database.auditLines() }, plans);
    } finally {
      await Promise.all(ledgers.map((ledger) => ledger.close()));
    }
  }
});

async function open(database: TestDatabase): Promise<LedgerCalls> {
  const ledger = await PostgresLedger.open({
    url: database.url,
    terms: MODEL_TERMS,
    maxBatchBytes: 1024 * 1024,
    onBroken: () => undefined,
    onTrouble: () => undefined,
  });
  return new LedgerCalls(ledger, MODEL_TERMS.winnerNumber);
}
