import { PassThrough } from 'node:stream';

import { oneLine } from '../../program/exit';
import { PostgresAuditReader } from '../../server/ledger/postgres/audit_reader';
import { PostgresLedger } from '../../server/ledger/postgres/postgres_ledger';
import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { LedgerCalls } from '../../server/ledger/testing/ledger_calls';
import { batchOf } from '../../server/testing/bets';
import { describeWithPostgres, PostgresServer } from '../../tests/support/postgres';
import { LineOutput } from '../line_output';
import { printLines } from './print_lines';
import { verifyLog } from './verify';

const WRITERS = 3;
const BATCHES_OF_WRITER = 150;
/** Groups of different writers overlap, end in another order than they have begun, and some of them fail. */
const DISTURBANCE = `
CREATE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_sleep((NEW.sequence * 7919 % 13) / 1000.0);
  IF NEW.sequence % 17 = 0 THEN
    RAISE EXCEPTION 'this one is not stored';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER disturb BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION disturb();
`;

describeWithPostgres('while servers write', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let ledgers: LedgerCalls[];
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(server);
    ledgers = await Promise.all(Array.from({ length: WRITERS }, open));
    await database.sql(DISTURBANCE);
  });
  afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

  async function open(): Promise<LedgerCalls> {
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: { agencies: WRITERS, winnerNumber: 7_574 },
      maxBatchBytes: 1024 * 1024,
      onBroken: () => undefined,
      onTrouble: () => undefined,
    });
    return new LedgerCalls(ledger, 7_574);
  }

  /** Everything of one agency, and questions that concern all. */
  async function write(ledger: LedgerCalls, agency: number): Promise<void> {
    for (let batchId = 1; batchId <= BATCHES_OF_WRITER; batchId++) {
      await untilStored(() => ledger.append(batchOf(agency, batchId)));
      if (batchId % 20 === agency) await untilStored(() => ledger.standings(0, WRITERS));
    }
    await untilStored(() => ledger.finish(agency));
  }

  const writeAll = (): Promise<unknown> =>
    Promise.all(ledgers.map((ledger, index) => write(ledger, index + 1)));

  test('what is followed is the log in its order, and all of it', async () => {
    const stop = new AbortController();
    const reader = await PostgresAuditReader.open({ url: database.url }, new AbortController().signal);
    const stream = new PassThrough();
    let followed = '';
    let isComplete = (): boolean => false;
    stream.on('data', (bytes: Buffer) => {
      followed += bytes.toString();
      if (isComplete()) stop.abort();
    });
    const following = printLines(reader, new LineOutput(stream, stop.signal), true);
    await writeAll();
    const log = (await database.auditLines()).map((line) => `${line}\n`).join('');
    isComplete = () => followed.length >= log.length;
    if (isComplete()) stop.abort();
    await following;
    await reader.close();
    expect(followed.split('\n')).toEqual(log.split('\n'));
  });

  test('a verification finds no difference, whenever it is done', async () => {
    const progress = { isOver: false };
    const writing = writeAll().finally(() => (progress.isOver = true));
    const verify = async (): Promise<unknown> => {
      const signal = new AbortController().signal;
      const reader = await PostgresAuditReader.open({ url: database.url }, signal);
      const verification = await verifyLog(reader, signal);
      await reader.close();
      expect(verification?.differences).toEqual([]);
      return verification;
    };
    while (!progress.isOver) await verify();
    await writing;
    await untilStored(() => ledgers[0]!.draw());
    expect(await verify()).toMatchObject({
      counts: { batches: WRITERS * BATCHES_OF_WRITER, finishedAgencies: WRITERS },
    });
  });
});

/** Calls until the group of the call is stored. */
async function untilStored(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (!oneLine(error).includes('this one is not stored')) throw error;
    }
  }
}
