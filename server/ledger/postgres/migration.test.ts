import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from 'pg';

import { textCheck } from '../../../protocol/payload_check';
import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { COMPLETE } from '../draw';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { Connection } from './connection';
import { LOTTERY_LOCK } from './database_constants';
import { prepareDatabase } from './migration';
import { PostgresLedger } from './postgres_ledger';
import { DatabaseFunctions, readFunctions, readMigrations } from './sql_files';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const OLD_LEDGER = join(__dirname, 'testing', 'version_2_with_first_functions.sql');
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const REPLACED = 'the database: a server of another build has replaced the functions of this one';
/** The functions of this build, but for the name that they are known by. */
const OTHER_BUILD: DatabaseFunctions = { ...readFunctions(), digest: 'of another build' };

const ignore = (): void => undefined;

describeWithPostgres('a database that another build of the server has opened', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let broken: Promise<Error>;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => void (database = await TestDatabase.create(server)));

  const open = async (): Promise<LedgerCalls<PostgresLedger>> => {
    let tell: (error: Error) => void = ignore;
    broken = new Promise((resolve) => (tell = resolve));
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      maxOutageMs: 60_000,
      onBroken: (error) => tell(error),
      onTrouble: ignore,
    });
    return new LedgerCalls(ledger, TERMS.winnerNumber);
  };
  /** What a server of another build does when it opens the ledger. */
  const openWithOtherBuild = async (functions = OTHER_BUILD): Promise<void> => {
    const connection = await Connection.open({ url: database.url });
    await prepareDatabase(connection, TERMS, undefined, functions);
    await connection.end();
  };

  test('its functions have other parameters under the same version: they are made again, and nothing is lost', async () => {
    await database.sql(readFileSync(OLD_LEDGER, 'utf8'));
    const lines = await database.auditLines();
    const ledger = await open();
    expect(ledger.openedWith).toEqual({
      finishedAgencies: new Set([3]),
      firstFinishedAtMs: 1_700_000_000_000,
      closedWith: undefined,
      draw: undefined,
      batches: 3,
      bets: 4,
      sums: new Map([
        [1, { batches: 2, bets: 3 }],
        [2, { batches: 1, bets: 1 }],
      ]),
    });
    expect(await ledger.standing(1, undefined, 2)).toMatchObject({ lastBatchId: 2, lastBetId: 3, bets: 3 });
    expect(await ledger.append(batchOf(1, 2, [{ id: 3 }]), undefined, 2)).toBe('already-stored');
    expect(await ledger.append(batchOf(1, 2, [{ id: 4 }]), undefined, 2)).toBe('conflict');
    expect(await ledger.append(batchOf(1, 3, [{ id: 4 }]), undefined, 2)).toBe('stored');
    // Two batches from before there were check values, and one since.
    const texts = await Promise.all([1, 2, 3].map((batchId) => ledger.batchText(1, batchId)));
    const checks = texts.map((text) => textCheck(text!));
    expect((await ledger.batchChecks(1, 0, 10)).map(({ check }) => check)).toEqual(checks);
    expect((await ledger.batchChecks(1, 1, 1)).map(({ check }) => check)).toEqual(checks.slice(1, 2));
    expect(await ledger.append(batchOf(3, 1))).toBe('closed');
    expect(String(await ledger.batchText(2, 1))).toContain('21689196');
    expect(await ledger.drawState(1)).toBe('awaited');
    expect(await Promise.all([1, 2, 3].map((agency) => ledger.finish(agency)))).toEqual([2, 3, 3]);
    expect(await ledger.draw()).toEqual({
      winners: new Map([
        [1, '20111222'],
        [2, '21689196'],
      ]),
      bets: 5,
      winnerNumber: TERMS.winnerNumber,
      ...COMPLETE,
    });
    await ledger.close();
    expect((await database.auditLines()).slice(0, lines.length)).toEqual(lines);
    expect(await database.sql('SELECT agency, number::integer FROM asks')).toEqual([
      { agency: 2, number: 1 },
    ]);
  });

  test('functions are made once: opening again leaves them as they are', async () => {
    await (await open()).close();
    const oids = `SELECT oid::integer FROM pg_proc WHERE proname LIKE 'lottery_%' ORDER BY oid`;
    const made = await database.sql(oids);
    expect(made).toHaveLength(readFunctions().names.length);
    await (await open()).close();
    expect(await database.sql(oids)).toEqual(made);
  });

  test.each([
    ['the same parameters', OTHER_BUILD],
    [
      'other parameters',
      {
        ...OTHER_BUILD,
        script: OTHER_BUILD.script.replace('p_group bigint', 'p_group bigint, p_more integer'),
      },
    ],
  ])('a server whose functions were replaced stores nothing and ends: %s', async (_, functions) => {
    const ledger = await open();
    await ledger.append(batchOf(1, 1));
    await openWithOtherBuild(functions);
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject({ ...UNAVAILABLE, message: REPLACED });
    expect((await broken).message).toBe(REPLACED);
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
    expect(await database.batches()).toEqual([[1, 1]]);
    await ledger.close();
    // Opening makes its own again.
    const next = await open();
    expect(await next.append(batchOf(1, 2))).toBe('stored');
    await next.close();
  });

  test('a server that finds other functions when it connects again ends, and leaves them', async () => {
    const ledger = await open();
    await openWithOtherBuild();
    await database.endConnections();
    expect((await broken).message).toBe(REPLACED);
    await ledger.close();
    expect(await database.sql('SELECT functions FROM ledger_version')).toEqual([
      { functions: OTHER_BUILD.digest },
    ]);
  });

  test('a server without its functions ends', async () => {
    const ledger = await open();
    await database.sql('DROP FUNCTION lottery_commit');
    await expect(ledger.append(batchOf(1, 1))).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
    await ledger.close();
  });

  test('a group that is in the database already while functions are replaced is not stored', async () => {
    const ledger = await open();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query(`SELECT pg_advisory_lock(${LOTTERY_LOCK})`);
    const replaced = openWithOtherBuild();
    const waiting = (count: number): Promise<void> =>
      database.untilFound(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted HAVING count(*) = ${count}`,
      );
    await waiting(1);
    const outcome = ledger.append(batchOf(1, 1)).catch((error: unknown) => error);
    await waiting(2);
    await holder.end();
    await replaced;
    expect(await outcome).toMatchObject({ ...UNAVAILABLE, message: REPLACED });
    expect([await database.batches(), await database.auditLines()]).toEqual([[], []]);
    await ledger.close();
  });

  test('a run does not begin when a server of another build has just opened the database', async () => {
    await (await open()).close();
    const one = await Connection.open({ url: database.url });
    await one.query('BEGIN');
    await one.query(`UPDATE ledger_version SET functions = 'of another build'`);
    const opening = open();
    const refused = expect(opening).rejects.toMatchObject({ name: 'OperationError', message: REPLACED });
    await database.untilFound(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO writers%'`,
    );
    await one.query('COMMIT');
    await refused;
    await one.end();
    expect(await database.sql('SELECT FROM writers')).toEqual([]);
  });

  test('every migration adds to a ledger of any older version', async () => {
    await database.sql(readFileSync(OLD_LEDGER, 'utf8'));
    await openWithOtherBuild();
    const [row] = await database.sql<{ version: number }>('SELECT version FROM ledger_version');
    expect(row).toEqual({ version: readMigrations().length });
  });
});
