import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import type { LotteryTerms } from '../ledger';
import { MAX_VALUE_BYTES, MAX_VALUE_NAME_BYTES } from '../shared_values';
import { Relay } from '../remote/testing/relay';
import { sharedValuesContract } from '../testing/shared_values_contract';
import { PostgresLedger } from './postgres_ledger';
import { PostgresSharedValues } from './shared_values';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const NAME = 'checkpoint';
const [ONE, TWO] = [Buffer.from('one'), Buffer.from('two')];
/** What a commit does that waits for a standby. */
const WAITS_FOR_STANDBY =
  "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()";

const ignore = (): void => undefined;

describeWithPostgres('PostgresSharedValues', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  const openAgain = (): Promise<PostgresSharedValues> => PostgresSharedValues.open({ url: database.url });
  const open = async (): Promise<PostgresSharedValues> => {
    database = await TestDatabase.create(server);
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    await ledger.close();
    return openAgain();
  };

  sharedValuesContract('PostgresSharedValues', {
    open,
    openAgain,
    endConnections: () => database.endConnections(),
  });

  describe('in their table', () => {
    let values: PostgresSharedValues;
    beforeEach(async () => void (values = await open()));
    afterEach(() => values.close());

    test('the database takes no name and no value beyond the limits either', async () => {
      const add = (name: string, bytes: number): Promise<object[]> =>
        database.sql(`INSERT INTO shared_values VALUES ('${name}', decode(repeat('00', ${bytes}), 'hex'))`);
      const longest = 'n'.repeat(MAX_VALUE_NAME_BYTES);
      await add(longest, MAX_VALUE_BYTES);
      for (const name of [`${longest}n`, 'Name', '', 'n_', 'n\n']) {
        await expect(add(name, 1)).rejects.toThrow('violates check constraint');
      }
      await expect(add('n', MAX_VALUE_BYTES + 1)).rejects.toThrow('violates check constraint');
    });

    test('while the database is away it says so, and then it goes on', async () => {
      await values.replace(NAME, undefined, ONE);
      await server.stop('fast');
      await expect(values.read(NAME)).rejects.toMatchObject(UNAVAILABLE);
      await expect(values.replace(NAME, ONE, TWO)).rejects.toMatchObject(UNAVAILABLE);
      await server.start();
      expect(await values.read(NAME)).toEqual(ONE);
      expect(await values.replace(NAME, ONE, TWO)).toBe(true);
    });

    test('an answer that is lost leaves it open, and reading tells', async () => {
      const relay = await Relay.start(database.url);
      const relayed = await PostgresSharedValues.open({ url: relay.url(database.url) });
      relay.holdAnswers();
      const refused = expect(relayed.replace(NAME, undefined, ONE)).rejects.toMatchObject(UNAVAILABLE);
      await database.untilFound('SELECT FROM shared_values');
      relay.cutClients();
      await refused;
      expect(await relayed.read(NAME)).toEqual(ONE);
      await relayed.close();
      await relay.close();
    });

    describe('beside a standby that is away', () => {
      beforeEach(async () => {
        await values.replace(NAME, undefined, ONE);
        await database.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        await database.sql('SELECT pg_reload_conf()');
        await database.untilFound("SELECT WHERE current_setting('synchronous_standby_names') = 'nobody'");
      });
      afterEach(release);

      async function release(): Promise<void> {
        await database.sql('ALTER SYSTEM RESET synchronous_standby_names');
        await database.sql('SELECT pg_reload_conf()');
      }

      test('what was not waited for is not known to be kept, and who reads it waits', async () => {
        const refused = expect(values.replace(NAME, ONE, TWO)).rejects.toMatchObject(UNAVAILABLE);
        await database.untilFound(`SELECT ${WAITS_FOR_STANDBY}`);
        await database.sql(`SELECT pg_cancel_backend(pid) ${WAITS_FOR_STANDBY}`);
        await refused;
        const other = await PostgresSharedValues.open({ url: database.url });
        const read = other.read(NAME);
        await database.untilFound(`SELECT ${WAITS_FOR_STANDBY}`);
        await release();
        expect(await read).toEqual(TWO);
        await other.close();
      });
    });

    test('refuses a database that may forget what it has committed, unless that is asked for', async () => {
      await database.sql(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
      await expect(PostgresSharedValues.open({ url: database.url })).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringContaining('synchronous_commit = off') as string,
      });
      const unsafe = await PostgresSharedValues.open({ url: database.url, allowUnsafeCommits: true });
      expect(await unsafe.replace(NAME, undefined, ONE)).toBe(true);
      await unsafe.close();
    });
  });
});
