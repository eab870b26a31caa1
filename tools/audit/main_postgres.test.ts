import { once } from 'node:events';
import { createServer } from 'node:net';

import { Client } from 'pg';

import { LOTTERY_LOCK } from '../../server/ledger/postgres/database_constants';
import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { describeWithPostgres, PostgresServer } from '../../tests/support/postgres';
import { Stage } from '../../tests/support/programs';
import {
  audit,
  auditTool,
  expectDifferences,
  expectFailure,
  LedgerSettings,
  LINES,
  PROGRAM,
  resultOf,
} from './testing/audited_lottery';

const settingsOf = (url: string): LedgerSettings => ({ LEDGER: 'postgres', DATABASE_URL: url });
const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

describeWithPostgres('on PostgreSQL', () => {
  const stage = new Stage();
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await PostgresServer.start();
    database = await TestDatabase.create(server);
  });
  afterAll(async () => {
    await stage.close();
    await server.remove();
  });

  const ledger = (): LedgerSettings => settingsOf(database.url);

  /** A copy of the ledger, changed by SQL. */
  async function changed(change: string): Promise<LedgerSettings> {
    const copy = await TestDatabase.create(server, database);
    await copy.sql(change);
    return settingsOf(copy.url);
  }

  auditTool(stage, ledger, () =>
    changed(`INSERT INTO audit SELECT 1000 + n, repeat(E'GET,/agencies,200,0\\n', 1000)
      FROM generate_series(1, 200) AS n`),
  );

  describe('verifying', () => {
    test.each<[string, string, unknown[]]>([
      [
        'a batch that was removed',
        'DELETE FROM batches WHERE agency = 2',
        [
          'line 2: batch 1 of agency 2 is not stored in segment 2',
          'ledger: the ledger is damaged: batches are missing, or there are more than were stored',
          'ledger: 5 bets were in the draw, not 2',
        ],
      ],
      [
        'a batch that was removed with its sums',
        'DELETE FROM batches WHERE agency = 2; DELETE FROM standings WHERE agency = 2',
        ['line 2: batch 1 of agency 2 is not stored in segment 2', 'ledger: 5 bets were in the draw, not 2'],
      ],
      [
        'the lines of a batch that were removed',
        'DELETE FROM audit WHERE sequence = 2',
        ['ledger: batch 1 of agency 2 is stored in segment 2 without a line'],
      ],
      [
        'a batch behind the last lines',
        'UPDATE batches SET sequence = 9999 WHERE agency = 2',
        [
          'line 2: batch 1 of agency 2 is not stored in segment 2',
          'ledger: batch 1 of agency 2 is stored in segment 9999 without a line',
          'ledger: 5 bets were in the draw, not 2',
        ],
      ],
      [
        'a line that was changed',
        "UPDATE audit SET lines = replace(lines, ',201,', ',200,') WHERE sequence = 2",
        [
          'line 2: PUT /agencies/2/batches/1 200: no such batch was stored before',
          'ledger: batch 1 of agency 2 is stored in segment 2 without a line',
        ],
      ],
      [
        'winners that were changed',
        "INSERT INTO winners VALUES (2, '31204458')",
        ['ledger: the winners of agency 2 are not those that its bets say'],
      ],
      [
        'a text that was changed',
        `UPDATE batches SET text = convert_to(replace(convert_from(text, 'UTF8'), 'Ana', 'Eva'), 'UTF8')
         WHERE agency = 1`,
        ['ledger: the ledger is damaged: batch 1 of agency 1 is not what was stored'],
      ],
      [
        'an end of a sale that is gone',
        'DELETE FROM finished_agencies WHERE agency = 1',
        ['line 5: agency 1 has not finished in the ledger'],
      ],
      [
        'an end of a sale that stands elsewhere',
        'UPDATE finished_agencies SET sequence = 1 WHERE agency = 2',
        [matching(/^line 6: agency 2 has finished in segment 1, not \d+$/)],
      ],
      [
        'an end of a sale whose line is gone',
        "UPDATE audit SET lines = replace(lines, E'PUT,/agencies/1/finish,200,0\\n', '')",
        [
          'ledger: agency 1 has finished without a line',
          'ledger: agency 1 was not missing in the draw, and has not finished',
        ],
      ],
      [
        'a draw whose line is gone',
        "UPDATE audit SET lines = replace(lines, E'PUT,/draw,201,0\\n', '')",
        [
          'line 7: GET /agencies/1/winners 200: the draw had not run',
          'line 8: GET /agencies/2/winners 200: the draw had not run',
          'ledger: the sale is closed for the draw without a line',
          'ledger: 5 bets were in the draw, not 0',
        ],
      ],
    ])('tells of %s', async (_, change, differences) =>
      expectDifferences(stage, await changed(change), differences),
    );
  });

  describe('what cannot be read is one line on stderr', () => {
    test('a database that holds no ledger', async () => {
      const { url } = await TestDatabase.create(server);
      await expectFailure(stage, settingsOf(url), /^the database holds no ledger\n$/);
    });

    test.each([
      [
        'a ledger of a newer version',
        'UPDATE ledger_version SET version = 1000',
        /^[^\n]*version 1000[^\n]*\n$/,
      ],
      ['a ledger of an older version', 'UPDATE ledger_version SET version = 1', /^[^\n]*version 1:[^\n]*\n$/],
      ['a log that is not there', 'DROP TABLE audit, batches CASCADE', /^the database: relation [^\n]*\n$/],
    ])('%s', async (_, change, line) => {
      await expectFailure(stage, await changed(change), line);
    });

    test('a server that is not there, without the password', async () => {
      const settings = settingsOf('postgresql://postgres:hidden@127.0.0.1:1/x');
      await expectFailure(stage, settings, /^the database: (?!.*hidden)[^\n]*\n$/);
    });

    test('a database that is not there, which is a mistake in the settings', async () => {
      await expectFailure(
        stage,
        settingsOf(server.url('nowhere')),
        /^environment: DATABASE_URL: [^\n]*nowhere[^\n]*\n$/,
        2,
      );
    });
  });

  describe('a signal ends it', () => {
    test('while it waits for a group that is under way', async () => {
      const holder = new Client({ connectionString: database.url });
      await holder.connect();
      await holder.query(`BEGIN; SELECT pg_advisory_xact_lock_shared(${LOTTERY_LOCK})`);
      const printing = stage.run(PROGRAM, ledger());
      await database.untilFound(
        "SELECT FROM pg_stat_activity WHERE query LIKE '%FROM pg_locks%' AND pid <> pg_backend_pid()",
      );
      printing.signal('SIGTERM');
      expect(await resultOf(printing)).toEqual({ exit: 0, output: '', errors: '' });
      await holder.end();
    });

    test('while it verifies', async () => {
      const release = await database.holdGroups();
      const verifying = stage.run(PROGRAM, ledger(), ['--verify']);
      await database.untilGroupWaits();
      verifying.signal('SIGTERM');
      expect(await resultOf(verifying)).toEqual({
        exit: 1,
        output: '',
        errors: 'stopped: not all was verified\n',
      });
      await release();
    });

    test('while a database does not answer', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = silent.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const connected = once(silent, 'connection');
      const following = stage.run(PROGRAM, settingsOf(`postgresql://x@127.0.0.1:${port}/x`), ['--follow']);
      await connected;
      following.signal('SIGTERM');
      expect(await resultOf(following)).toEqual({ exit: 0, output: '', errors: '' });
      silent.close();
    });
  });

  test('a role that may read the tables alone is enough', async () => {
    const copy = await TestDatabase.create(server, database);
    await copy.sql(`CREATE ROLE auditor LOGIN;
      GRANT SELECT ON ledger_version, lottery, audit, batches, standings, finished_agencies, draws, winners, notes
      TO auditor`);
    const settings = settingsOf(copy.url.replace('postgres@', 'auditor@'));
    expect(await audit(stage, settings)).toEqual({ exit: 0, output: LINES, errors: '' });
    expect(await audit(stage, settings, '--verify')).toMatchObject({ exit: 0, errors: '' });
  });

  test('what has been printed must stay', async () => {
    const settings = await changed('');
    const following = stage.run(PROGRAM, settings, ['--follow']);
    await following.untilOutput(/2\/winners,200,0\n/);
    const client = new Client({ connectionString: settings['DATABASE_URL'] });
    await client.connect();
    await client.query('DELETE FROM audit WHERE sequence > 2');
    await client.end();
    expect(await resultOf(following)).toMatchObject({
      exit: 1,
      errors: 'the ledger is damaged: lines that were printed are gone\n',
    });
  });

  test('a database that goes away while it is followed is one line on stderr', async () => {
    const settings = await changed('');
    const following = stage.run(PROGRAM, settings, ['--follow']);
    await following.untilOutput(/2\/winners,200,0\n/);
    await database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'lottery' AND datname <> current_database()`,
    );
    expect(await resultOf(following)).toMatchObject({
      exit: 1,
      errors: matching(/^the database: [^\n]+\n$/),
    });
  });
});
