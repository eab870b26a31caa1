import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresLedger } from './postgres_ledger';
import { readMigrations } from './sql_files';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
/** The version whose tables know nothing of the terms of a draw. */
const OLD_VERSION = 3;
const ignore = (): void => undefined;

describeWithPostgres('a ledger of a version that did not store the terms of the draw', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());

  /** Makes one in which the agencies 3 and 1 have finished. */
  beforeEach(async () => {
    database = await TestDatabase.create(server);
    for (const migration of readMigrations().slice(0, OLD_VERSION)) await database.sql(migration);
    await database.sql(`
      INSERT INTO ledger_version VALUES (${OLD_VERSION});
      INSERT INTO lottery VALUES (true, 3, 7574, 2, false);
      INSERT INTO finished_agencies VALUES (3, 1, 1700000000000, 1), (1, 2, 1700000000001, 2);
      INSERT INTO audit VALUES (1, E'PUT,/agencies/3/finish,200,0\n'), (2, E'PUT,/agencies/1/finish,200,0\n');
      SELECT setval('audit_sequence', 2)`);
  });

  const open = async (): Promise<LedgerCalls<PostgresLedger>> => {
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    return new LedgerCalls(ledger, TERMS.winnerNumber);
  };
  const lottery = (): Promise<object[]> =>
    database.sql('SELECT sale_closed, missing_agencies, is_called_off, due_at_ms FROM lottery');
  const drawOf = (bets: number, missing: string, isCalledOff: boolean): string =>
    `UPDATE lottery SET sale_closed = true; INSERT INTO draws VALUES (true, ${bets}, '${missing}', ${isCalledOff})`;

  test('a sale that is open stays open', async () => {
    const ledger = await open();
    expect(ledger.openedWith).toMatchObject({ closedWith: undefined, draw: undefined });
    expect(await lottery()).toEqual([
      { sale_closed: false, missing_agencies: null, is_called_off: null, due_at_ms: null },
    ]);
    expect(await ledger.draw()).toMatchObject({ missingAgencies: [2], winnerNumber: 7_574 });
    await ledger.close();
  });

  test('a sale that was closed since all agencies had finished', async () => {
    await database.sql(`
      INSERT INTO finished_agencies VALUES (2, 3, 1700000000002, 3);
      UPDATE lottery SET agencies_finished = 3, sale_closed = true`);
    const ledger = await open();
    const terms = { missingAgencies: [], isCalledOff: false };
    expect(ledger.openedWith).toMatchObject({ closedWith: terms, draw: undefined });
    expect(await ledger.draw('call-off')).toMatchObject({ ...terms, winnerNumber: 7_574 });
    await ledger.close();
  });

  test('a draw without all agencies', async () => {
    await database.sql(`${drawOf(0, '{2}', false)}; INSERT INTO winners VALUES (1, '5')`);
    const ledger = await open();
    await ledger.close();
    const terms = { missingAgencies: [2], isCalledOff: false };
    expect(ledger.openedWith).toMatchObject({
      closedWith: terms,
      draw: { ...terms, bets: 0, winnerNumber: 7_574, winners: new Map([[1, '5']]) },
    });
  });

  test('a draw that was called off', async () => {
    await database.sql(drawOf(0, '{2}', true));
    const ledger = await open();
    await ledger.close();
    const terms = { missingAgencies: [2], isCalledOff: true };
    expect(ledger.openedWith).toMatchObject({ closedWith: terms, draw: { ...terms, bets: 0 } });
    expect(ledger.openedWith.draw?.winnerNumber).toBeUndefined();
    expect(await database.sql('SELECT winner_number FROM draws')).toEqual([{ winner_number: null }]);
  });

  test('a sale that was closed at a deadline and not drawn is refused in one line, and left as it is', async () => {
    await database.sql('UPDATE lottery SET sale_closed = true');
    for (let tries = 0; tries < 2; tries++) {
      await expect(open()).rejects.toMatchObject({
        name: 'OperationError',
        message:
          'the database: its sale was closed at a deadline and its draw not stored, and how it was to be held is not ' +
          'known: hold it with the version that closed the sale',
      });
    }
    expect(await database.sql('SELECT version, functions FROM ledger_version')).toEqual([
      { version: OLD_VERSION, functions: null },
    ]);
    expect(await database.sql('SELECT * FROM lottery')).toEqual([
      { only_row: true, agencies: 3, winner_number: 7_574, agencies_finished: 2, sale_closed: true },
    ]);
  });
});
