import fc from 'fast-check';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { Draw } from '../draw';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { ledgerContract } from '../testing/ledger_contract';
import { expectSameAsInMemory, histories } from '../testing/ledger_model';
import { storageFailures } from '../testing/storage_failures';
import { requireLocks, tryDrawLock } from './advisory_locks';
import { Connection } from './connection';
import { PostgresLedger, PostgresLedgerSettings } from './postgres_ledger';
import { readMigrations } from './sql_files';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const WINNING = [{ document: '21689196', number: TERMS.winnerNumber }];
const UNAVAILABLE = { name: 'LedgerUnavailable' };

const ignore = (): void => undefined;

describeWithPostgres('PostgresLedger', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  const open = (
    terms: LotteryTerms = TERMS,
    more: Partial<PostgresLedgerSettings> = {},
  ): Promise<PostgresLedger> =>
    PostgresLedger.open({
      url: database.url,
      terms,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });
  const newDatabase = async (): Promise<void> => void (database = await TestDatabase.create(server));
  const openNew = async (terms: LotteryTerms = TERMS): Promise<PostgresLedger> => {
    await newDatabase();
    return open(terms);
  };

  const calls = async (opening: Promise<PostgresLedger>): Promise<LedgerCalls<PostgresLedger>> =>
    new LedgerCalls(await opening, TERMS.winnerNumber);

  const sql = <Row extends object>(text: string): Promise<Row[]> => database.sql<Row>(text);
  const auditLines = (): Promise<string[]> => database.auditLines();

  const ENGINE = { open: openNew, reopen: open, placeSetting: 'DATABASE_URL', auditLines };
  ledgerContract('PostgresLedger', ENGINE);
  storageFailures('PostgresLedger', {
    ...ENGINE,
    fill: () => sql('ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (false) NOT VALID'),
    free: () => sql('ALTER TABLE audit DROP CONSTRAINT full_disk'),
  });

  test('answers any history as the ledger in memory does, restarts included', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (steps) => expectSameAsInMemory(ENGINE, steps)),
      { numRuns: 20 },
    );
  }, 120_000);

  describe('the draw', () => {
    let ledger: LedgerCalls<PostgresLedger>;
    beforeEach(async () => {
      ledger = await calls(openNew());
      await ledger.append(batchOf(1, 1, WINNING));
    });
    afterEach(() => ledger.close());

    test('that cannot be stored is rejected, leaves the sale closed, and can be called for again', async () => {
      await sql('ALTER TABLE draws ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
      await expect(ledger.draw()).rejects.toMatchObject(UNAVAILABLE);
      expect(await ledger.append(batchOf(2, 1))).toBe('closed');
      await ledger.close();
      ledger = await calls(open());
      expect(ledger.openedWith.draw).toBeUndefined();
      expect(await ledger.append(batchOf(2, 1))).toBe('closed');
      await sql('ALTER TABLE draws DROP CONSTRAINT full_disk');
      const draw = {
        winners: new Map([[1, '21689196']]),
        bets: 1,
        winnerNumber: TERMS.winnerNumber,
        missingAgencies: [1, 2, 3],
        isCalledOff: false,
      };
      expect(await ledger.draw()).toEqual(draw);
    });

    test.each([
      [
        'a changed text',
        `UPDATE batches SET text = convert_to(replace(convert_from(text, 'UTF8'), '196', '197'), 'UTF8')`,
      ],
      ['a changed number', 'UPDATE batches SET bets = 2'],
      ['a batch that is gone', 'DELETE FROM batches'],
    ])('is not run over %s', async (_, damage) => {
      await sql(damage);
      await expect(ledger.draw()).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringMatching(/^the ledger is damaged: /) as string,
      });
    });

    test('reads more batches than a page holds', async () => {
      const text = Array.from({ length: 2_000 }, (_, index) => ({ ...WINNING[0], id: index + 1 }));
      await Promise.all(Array.from({ length: 25 }, (_, index) => ledger.append(batchOf(2, index + 1, text))));
      const { winners, bets } = await ledger.draw();
      expect(bets).toBe(50_001);
      expect([...winners].map(([agency, documents]) => [agency, documents.split(',').length])).toEqual([
        [1, 1],
        [2, 50_000],
      ]);
    });

    test('is the one that was stored first, whichever server records another one', async () => {
      const other = await calls(open());
      const terms = { missingAgencies: [1, 2, 3], isCalledOff: false, winnerNumber: TERMS.winnerNumber };
      const first: Draw = { ...terms, winners: new Map([[1, '21689196']]), bets: 1 };
      const second: Draw = { ...terms, winners: new Map([[2, '5,"é']]), bets: 2 };
      const record = (at: LedgerCalls, draw: Draw): Promise<Draw> =>
        at.ledger.submit({ kind: 'record-draw', draw });
      await ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'draw' });
      expect(await Promise.all([record(ledger, first), record(ledger, second)])).toEqual([first, first]);
      expect(await Promise.all([record(other, second), record(ledger, second)])).toEqual([first, first]);
      expect(await other.ledger.findWinners(TERMS.winnerNumber)).toEqual({ draw: first });
      expect(await sql('SELECT agency, documents FROM winners')).toEqual([
        { agency: 1, documents: '21689196' },
      ]);
      await other.close();
    });

    test('is searched for again at once by a server whose result could not be stored', async () => {
      await ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'draw' });
      const found = { found: { winners: new Map([[1, '21689196']]), bets: 1 } };
      for (let search = 0; search < 2; search++) {
        expect(await ledger.ledger.findWinners(TERMS.winnerNumber)).toEqual(found);
      }
    });

    test('several searches of one server leave no connection behind once the result is stored', async () => {
      await Promise.all([ledger.draw(), ledger.draw(), ledger.draw()]);
      await database.untilFound(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lottery'
         HAVING count(*) = 1`,
      );
    });

    test('is held by one of several servers: the others wait, and go on when it dies', async () => {
      const other = await calls(open());
      const drawing = await Connection.open({ url: database.url });
      expect(await tryDrawLock(drawing)).toBe(true);
      const draws = [ledger.draw(), other.draw()];
      const bothLook = `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%FROM draws' HAVING count(*) = 2 AND min(query_start) >`;
      await database.untilFound(`${bothLook} '-infinity'`);
      const [clock] = await sql<{ now: string }>('SELECT clock_timestamp()::text AS now');
      await database.untilFound(`${bothLook} '${clock!.now}'`);
      expect(await sql('SELECT * FROM draws')).toEqual([]);
      drawing.destroy('it dies');
      const [one, same] = await Promise.all(draws);
      expect(one).toEqual(same);
      expect(one!.bets).toBe(1);
      await other.close();
    });
  });

  describe('open', () => {
    test('brings tables of an older version up to this one', async () => {
      await newDatabase();
      await sql(readMigrations()[0]!);
      await sql(`
        INSERT INTO ledger_version VALUES (1);
        INSERT INTO lottery VALUES (true, 3, 7574, 2);
        INSERT INTO finished_agencies VALUES (3, 1, 5), (1, 2, 6);
        INSERT INTO audit VALUES
          (2, E'PUT,/agencies/13/finish,404,0\nPUT,/agencies/3/finish,200,x\n'), (4, E'PUT,/agencies/1/finish,200,0\n'),
          (5, E'PUT,/agencies/3/finish,200,0\n');
        SELECT setval('audit_sequence', 5)`);
      const ledger = await calls(open());
      expect(ledger.openedWith.finishedAgencies).toEqual(new Set([3, 1]));
      expect(
        await ledger
          .append(batchOf(2, 1), undefined, 7)
          .catch((error: unknown) => (error instanceof Error ? error.name : error)),
      ).toBe('AgencyTakenOver');
      expect(await ledger.append(batchOf(2, 1))).toBe('stored');
      await ledger.close();
      expect(await sql('SELECT agency, sequence::integer FROM finished_agencies ORDER BY ordinal')).toEqual([
        { agency: 3, sequence: 2 },
        { agency: 1, sequence: 4 },
      ]);
    });

    test('several at once make the tables once', async () => {
      await newDatabase();
      const ledgers = await Promise.all(Array.from({ length: 4 }, () => open()));
      await Promise.all(ledgers.map((ledger) => ledger.close()));
    });

    test('refuses a database that may forget what it has committed, unless that is asked for', async () => {
      await newDatabase();
      await sql(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
      await expect(open()).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringMatching(/synchronous_commit = off.*DATABASE_UNSAFE_COMMITS = allow/) as string,
      });
      await (await open(TERMS, { allowUnsafeCommits: true })).close();
    });

    test.each(['local', 'remote_write'])(
      'refuses one that does not wait for its standby: %s',
      async (value) => {
        await newDatabase();
        await sql(`ALTER DATABASE ${database.name} SET synchronous_commit = ${value}`);
        await (await open()).close();
        await sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        try {
          await sql('SELECT pg_reload_conf()');
          await database.untilFound(`SELECT WHERE current_setting('synchronous_standby_names') = 'nobody'`);
          await expect(open()).rejects.toMatchObject({
            message: expect.stringContaining(`${value} beside synchronous_standby_names`) as string,
          });
        } finally {
          await sql('ALTER SYSTEM RESET synchronous_standby_names');
          await sql('SELECT pg_reload_conf()');
        }
      },
    );

    test('refuses a database whose locks lock nothing', async () => {
      await newDatabase();
      const connections = await Promise.all([1, 2].map(() => Connection.open({ url: database.url })));
      const [one, other] = [connections[0]!, connections[1]!];
      await requireLocks(one, other);
      // A session keeps out everybody but itself: as if there were no lock.
      await expect(requireLocks(one, one)).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringContaining('lock nothing') as string,
      });
      for (const connection of connections) connection.destroy('the test is over');
    });

    test.each([
      ['no URL', 'no url'],
      ['another kind of URL', 'http://127.0.0.1/x'],
    ])('refuses %s', async (_, url) => {
      await expect(open(TERMS, { url })).rejects.toMatchObject({ name: 'ConfigurationError' });
    });

    test('refuses a database that is not there', async () => {
      await expect(open(TERMS, { url: server.url('nowhere') })).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringContaining('nowhere') as string,
      });
    });

    test('refuses tables of a newer version, and those of somebody else', async () => {
      await (await openNew()).close();
      await sql('UPDATE ledger_version SET version = 1000');
      await expect(open()).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringContaining('version 1000') as string,
      });
      await newDatabase();
      await sql('CREATE TABLE batches (id integer)');
      await expect(open()).rejects.toMatchObject({ name: 'OperationError' });
      expect(await sql('SELECT * FROM batches')).toEqual([]);
    });
  });

  test("the first FIN's time is the database's, whatever the server's clock says, and stays", async () => {
    const beforeMs = Date.now();
    let ledger = await calls(openNew());
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1);
    await ledger.finish(2);
    clock.mockRestore();
    const afterMs = Date.now();
    await Promise.all([ledger.finish(2), ledger.finish(1)]);
    await ledger.close();
    ledger = await calls(open());
    await ledger.close();
    // The clock is the same: database and test run on one machine.
    expect(ledger.openedWith.firstFinishedAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(ledger.openedWith.firstFinishedAtMs).toBeLessThanOrEqual(afterMs);
  });

  test('the view shows each bet', async () => {
    const ledger = await calls(openNew());
    await ledger.append(
      batchOf(2, 1, [{ id: 1, firstName: `Zoë "%\\' {x}`, number: '0074' }, { id: Number.MAX_SAFE_INTEGER }]),
    );
    await ledger.close();
    expect(await sql('SELECT * FROM bets ORDER BY bet_id')).toEqual([
      {
        agency: 2,
        bet_id: '1',
        first_name: `Zoë "%\\' {x}`,
        last_name: 'Paz',
        document: '31204458',
        birthdate: '1987-03-17',
        number: 74,
      },
      expect.objectContaining({ bet_id: String(Number.MAX_SAFE_INTEGER), number: 2_201 }),
    ]);
  });
});
