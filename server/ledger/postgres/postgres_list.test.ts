/** Sums of many agencies, beside servers that store. */
import { Client } from 'pg';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { LedgerCalls } from '../testing/ledger_calls';
import { LOTTERY_LOCK, SQL_CONSTANTS } from './database_constants';
import { PostgresLedger } from './postgres_ledger';
import { Relay } from '../remote/testing/relay';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 100, winnerNumber: 7_574 };
const AGENCY_LOCK_CLASS = SQL_CONSTANTS['AGENCY_LOCK_CLASS'];

const ignore = (): void => undefined;

async function open(url: string): Promise<LedgerCalls> {
  const settings = { terms: TERMS, url, maxBatchBytes: 100_000, onBroken: ignore, onTrouble: ignore };
  return new LedgerCalls(await PostgresLedger.open(settings), TERMS.winnerNumber);
}

describeWithPostgres('a list of agencies', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let ledger: LedgerCalls;
  let other: Client;

  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(server);
    ledger = await open(database.url);
    other = new Client({ connectionString: database.url });
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await ledger.close();
  });

  test('is not held up by groups that concern none of its agencies', async () => {
    await other.query(`BEGIN; SELECT pg_advisory_xact_lock_shared(${LOTTERY_LOCK})`);
    await other.query(`SELECT pg_advisory_xact_lock(${AGENCY_LOCK_CLASS}, 63)`);
    expect(await ledger.standings(0, 60)).toHaveLength(60);
    await other.query('ROLLBACK');
  });

  test('that is cancelled gives its locks back', async () => {
    await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${AGENCY_LOCK_CLASS}, 63)`);
    const list = ledger.standings(0, 100).catch((error: unknown) => error);
    await database.untilFound("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
    await other.query(
      "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
    );
    expect(await list).toMatchObject({ name: 'LedgerUnavailable' });
    await other.query('ROLLBACK');
    const held = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = ${AGENCY_LOCK_CLASS}`;
    expect(await database.sql(held)).toEqual([]);
    expect(await ledger.standings(0, 100)).toHaveLength(100);
    expect(await database.sql(held)).toEqual([]);
  });

  test('says up to where batches are complete, and looks there no more', async () => {
    const batches = Array.from({ length: 300 }, (_, index) => batchOf(7, index + 1, [{ id: index + 1 }]));
    await Promise.all([...batches, batchOf(7, 500, [{ id: 500 }])].map((batch) => ledger.append(batch)));
    const expected = { lastBatchId: 300, lastBetId: 300, batches: 301, bets: 301, isFinished: false };
    expect((await ledger.standings(0, 100))[6]).toEqual(expected);
    expect(await database.sql('SELECT last_batch_id FROM standings')).toEqual([{ last_batch_id: 300 }]);
    expect((await ledger.standings(6, 1))[0]).toEqual(expected);
  });

  test('whose answer is lost with the connection is answered all the same', async () => {
    const relay = await Relay.start(database.url);
    const relayed = await open(relay.url(database.url));
    await relayed.append(batchOf(2, 1));
    await relayed.finish(3);
    relay.holdAnswers();
    const answer = relayed.standings(1, 2);
    await database.untilFound('SELECT FROM writers WHERE group_number = 3');
    relay.cutClients();
    expect(await answer).toEqual([
      { lastBatchId: 1, lastBetId: 1, batches: 1, bets: 1, isFinished: false },
      { lastBatchId: 0, lastBetId: 0, batches: 0, bets: 0, isFinished: true },
    ]);
    await relayed.close();
    await relay.close();
  });

  test('a batch that comes again is told by its digest: the stored text is not read', async () => {
    await ledger.append(batchOf(1, 1));
    await database.sql("UPDATE batches SET text = 'other'");
    expect(await ledger.append(batchOf(1, 1))).toBe('already-stored');
    expect(await ledger.append(batchOf(1, 1, [{ id: 8 }]))).toBe('conflict');
  });
});
