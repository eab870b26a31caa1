import { cpSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { auditChecksum } from '../../server/ledger/sqlite/checksums';
import { withDatabase } from '../../tests/support/ledger_file';
import { Stage } from '../../tests/support/programs';
import {
  audit,
  auditTool,
  expectDifferences,
  expectFailure,
  LedgerSettings,
} from './testing/audited_lottery';

const stage = new Stage();
afterAll(() => stage.close());

const LEDGER = { DATA_DIR: stage.path('ledger') };

/** A copy of the ledger, changed by SQL. */
function changed(name: string, change: (database: SqliteDatabase.Database) => void): LedgerSettings {
  const folder = stage.path(name);
  cpSync(LEDGER.DATA_DIR, folder, { recursive: true });
  withDatabase(new SqliteDatabase(join(folder, 'lottery.db')), (database) => {
    // What damages a file asks no rules.
    database.pragma('foreign_keys = OFF');
    change(database);
  });
  return { DATA_DIR: folder };
}

function writeLines(database: SqliteDatabase.Database, sequence: number, lines: string): void {
  database
    .prepare('UPDATE segments SET audit_lines = ?, audit_checksum = ? WHERE sequence = ?')
    .run(lines, auditChecksum(sequence, lines), sequence);
}

auditTool(
  stage,
  () => LEDGER,
  () =>
    changed('long', (database) => {
      const last = Number(database.prepare('SELECT max(sequence) FROM segments').pluck().get());
      const lines = 'GET,/agencies,200,0\n'.repeat(1_000);
      const insert = database.prepare('INSERT INTO segments VALUES (?, ?, ?, ?, 0)');
      for (let sequence = last + 1; sequence <= last + 200; sequence++) {
        insert.run(sequence, lines, auditChecksum(sequence, lines), Buffer.alloc(0));
      }
    }),
);

describe('verifying', () => {
  test.each<[string, (database: SqliteDatabase.Database) => void, string[]]>([
    [
      'a batch that was removed, with the text as it was',
      (database) => database.exec('DELETE FROM batches WHERE agency = 2'),
      [
        'line 2: batch 1 of agency 2 is not stored in segment 2',
        'ledger: the ledger is damaged: segment 2 is not what was stored',
        'ledger: 5 bets were in the draw, not 2',
      ],
    ],
    [
      'a byte of a bet',
      (database) =>
        database.exec("UPDATE segments SET text = replace(text, 'Ana', 'Eva') WHERE sequence = 1"),
      ['ledger: the ledger is damaged: segment 1 is not what was stored'],
    ],
    [
      'a batch in a segment that there is not',
      (database) => database.exec('UPDATE batches SET segment = 99 WHERE agency = 2'),
      [
        'line 2: batch 1 of agency 2 is not stored in segment 2',
        'ledger: batch 1 of agency 2 is stored in segment 99 without a line',
        'ledger: the ledger is damaged: segment 2 is not what was stored',
        'ledger: 5 bets were in the draw, not 2',
      ],
    ],
    [
      'an end of a sale that is gone',
      (database) => database.exec('DELETE FROM finished_agencies WHERE agency = 1'),
      ['line 5: agency 1 has not finished in the ledger'],
    ],
    [
      'lines that were written anew',
      (database) => writeLines(database, 3, 'PUT,/agencies/1/batches/1,409,0\nGET,/agencies/7,200,0\n'),
      ['line 4: GET /agencies/7 200: there is no such thing in this lottery'],
    ],
  ])('tells of %s', (name, change, differences) =>
    expectDifferences(stage, changed(name, change), differences),
  );

  test('tells of a hundred differences and counts the others', async () => {
    const settings = changed('many', (database) => writeLines(database, 3, 'nothing\n'.repeat(150)));
    const { exit, output, errors } = await audit(stage, settings, '--verify');
    expect(exit).toBe(1);
    expect(output.match(/^line \d+: it has not the form of a line\n/gm)).toHaveLength(100);
    expect(errors).toBe('the log and the ledger differ: 150 differences, 50 of them are not told\n');
  });
});

describe('what cannot be read is one line on stderr and exit 1', () => {
  test('no ledger', async () => {
    await expectFailure(stage, { DATA_DIR: stage.path('none') }, /^[^\n]*lottery\.db: there is no ledger\n$/);
  });

  test('a line that was changed', async () => {
    const settings = changed('changed', (database) =>
      database.exec(
        "UPDATE segments SET audit_lines = replace(audit_lines, '201', '200') WHERE sequence = 2",
      ),
    );
    await expectFailure(stage, settings, /^the ledger is damaged: the audit log of segment 2\n$/);
  });

  test('a segment that is gone', async () => {
    const settings = changed('gone', (database) => database.exec('DELETE FROM segments WHERE sequence = 2'));
    await expectFailure(stage, settings, /^the ledger is damaged: the audit log of segment 2\n$/);
  });
});

test('prints its usage and leaves with 0', async () => {
  const { exit, output, errors } = await audit(stage, LEDGER, '--help');
  expect({ exit, errors }).toEqual({ exit: 0, errors: '' });
  expect(output).toContain('usage: npm run audit -- [option]');
});

test('a mistake in usage is one line on stderr and exit 2', async () => {
  const { exit, output, errors } = await audit(stage, LEDGER, '--verify', '--follow');
  expect({ exit, output }).toEqual({ exit: 2, output: '' });
  expect(errors).toMatch(/^[^\n]+\n$/);
});

test.each([
  ['a wrong setting', { AGENCIES: 'many' }, /^environment: AGENCIES: [^\n]+\n$/],
  ['a database that is not named', { LEDGER: 'postgres' }, /^[^\n]+: DATABASE_URL: missing[^\n]+\n$/],
])('%s is one line on stderr and exit 2', async (_, settings, line) => {
  await expectFailure(stage, { ...LEDGER, ...settings }, line, 2);
});
