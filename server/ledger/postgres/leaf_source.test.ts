import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { Relay } from '../remote/testing/relay';
import { leafSourceContract } from '../testing/leaf_source_contract';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresLeafSource } from './leaf_source';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const LOST = 'the ledger is damaged: the database has lost what it had committed';

const ignore = (): void => undefined;

describeWithPostgres('PostgresLeafSource', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  const open = async (terms: LotteryTerms): Promise<PostgresLedger> => {
    database = await TestDatabase.create(server);
    return PostgresLedger.open({
      url: database.url,
      terms,
      maxBatchBytes: 4 * 1024 * 1024,
      maxOutageMs: 60_000,
      onBroken: ignore,
      onTrouble: ignore,
    });
  };

  leafSourceContract('PostgresLeafSource', {
    open,
    auditLines: () => database.auditLines(),
    openSource: () => PostgresLeafSource.open({ url: database.url }),
    damages: {
      'a text': () =>
        database.sql(
          `UPDATE batches SET text = convert_to(replace(convert_from(text, 'UTF8'), '1987', '1988'), 'UTF8')`,
        ),
      'a number': () => database.sql('UPDATE batches SET last_bet_id = last_bet_id + 1'),
      'the segment of a row': () => database.sql('UPDATE batches SET sequence = sequence + 1'),
      'a row that is gone': () => database.sql('DELETE FROM batches'),
      'a line that stands there twice': () => database.sql('UPDATE audit SET lines = lines || lines'),
    },
  });

  describe('over a connection that is lost', () => {
    let ledger: LedgerCalls<PostgresLedger>;
    let source: PostgresLeafSource;
    beforeEach(async () => {
      ledger = new LedgerCalls(await open(TERMS), TERMS.winnerNumber);
      source = await PostgresLeafSource.open({ url: database.url });
      for (const batchId of [1, 2, 3]) await ledger.append(batchOf(1, batchId));
    });
    afterEach(async () => {
      await source.close();
      await ledger.close();
    });

    async function sequencesAfter(after: number): Promise<number[]> {
      const sequences = [];
      for await (const { sequence } of source.read(after)) sequences.push(sequence);
      return sequences;
    }

    test('while the database is away it says so, and then it reads on', async () => {
      expect(await sequencesAfter(0)).toEqual([1, 2, 3]);
      await server.stop('fast');
      await expect(sequencesAfter(3)).rejects.toMatchObject(UNAVAILABLE);
      await expect(source.draw()).rejects.toMatchObject(UNAVAILABLE);
      await expect(source.batchText(1, 1)).rejects.toMatchObject(UNAVAILABLE);
      await server.start();
      expect(await ledger.append(batchOf(2, 1))).toBe('stored');
      expect(await sequencesAfter(3)).toEqual([4]);
    });

    test('in the middle of a call: it is rejected, and the next one reads on', async () => {
      const relay = await Relay.start(database.url);
      const relayed = await PostgresLeafSource.open({ url: relay.url(database.url) });
      relay.holdAnswers();
      const reading = relayed.read(0).next();
      const refused = expect(reading).rejects.toMatchObject(UNAVAILABLE);
      relay.cutClients();
      await refused;
      expect((await relayed.read(0).next()).value).toMatchObject({ sequence: 1 });
      await relayed.close();
      await relay.close();
    });

    test('between two pages: what was settled is not looked for over another connection', async () => {
      // One segment fills a page of the log.
      await database.sql("UPDATE audit SET lines = lines || repeat('x', 1100000) WHERE sequence = 1");
      const reading = source.read(0);
      expect((await reading.next()).value).toMatchObject({ sequence: 1 });
      await database.endConnections();
      await expect(reading.next()).rejects.toMatchObject(UNAVAILABLE);
      expect(await sequencesAfter(1)).toEqual([2, 3]);
    });

    test.each([
      ['the last segment', 'DELETE FROM audit WHERE sequence = 3'],
      ['one before it', 'DELETE FROM audit WHERE sequence = 2'],
      ['a segment, and has another one in its place', "UPDATE audit SET lines = 'x' WHERE sequence = 3"],
      ['all of it', 'DROP TABLE audit'],
    ])('a database that has lost %s is told from the one that was read', async (_, loss) => {
      expect(await sequencesAfter(0)).toEqual([1, 2, 3]);
      await database.sql(loss);
      await database.endConnections();
      // Whether the loss of the connection is known by now is left open.
      const refused = async (): Promise<unknown> => sequencesAfter(3).catch((error: unknown) => error);
      let error = await refused();
      while ((error as Error).name === 'LedgerUnavailable') error = await refused();
      expect(error).toMatchObject({ name: 'OperationError', message: LOST });
      await expect(source.draw()).rejects.toThrow(LOST);
    });

    test('a log that ends before what was read is told also over the same connection', async () => {
      expect(await sequencesAfter(0)).toEqual([1, 2, 3]);
      await database.sql('DELETE FROM audit WHERE sequence = 3');
      await expect(sequencesAfter(3)).rejects.toThrow(LOST);
    });

    test('nothing is answered once it is closed, and closing waits for no database', async () => {
      const relay = await Relay.start(database.url);
      const relayed = await PostgresLeafSource.open({ url: relay.url(database.url) });
      relay.holdAnswers();
      const refused = expect(relayed.read(0).next()).rejects.toMatchObject(UNAVAILABLE);
      await relayed.close();
      await refused;
      await expect(relayed.draw()).rejects.toMatchObject({ ...UNAVAILABLE, message: 'the ledger is closed' });
      await relay.close();
    });
  });

  test('a number whose group has failed is passed over', async () => {
    const ledger = new LedgerCalls(await open(TERMS), TERMS.winnerNumber);
    const source = await PostgresLeafSource.open({ url: database.url });
    await ledger.append(batchOf(1, 1));
    await database.sql("SELECT nextval('audit_sequence')");
    await ledger.append(batchOf(1, 2));
    const sequences = [];
    for await (const { sequence } of source.read(0)) sequences.push(sequence);
    expect(sequences).toEqual([1, 3]);
    await source.close();
    await ledger.close();
  });

  test('opening waits for a database that is away, until the program is to stop', async () => {
    const ledger = await open(TERMS);
    await ledger.close();
    await server.stop('fast');
    const stop = new AbortController();
    const stopped = PostgresLeafSource.open({ url: database.url }, stop.signal);
    const refused = expect(stopped).rejects.toMatchObject({ name: 'OperationError' });
    stop.abort(new Error('the program is to stop'));
    await refused;
    const opening = PostgresLeafSource.open({ url: database.url });
    await server.start();
    await (await opening).close();
  });

  test('refuses a database without a ledger', async () => {
    database = await TestDatabase.create(server);
    await expect(PostgresLeafSource.open({ url: database.url })).rejects.toMatchObject({
      name: 'OperationError',
      message: 'the database holds no ledger',
    });
  });
});
