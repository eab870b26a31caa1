import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { RecordedLog } from '../program/testing/recorded_log';
import { RejectedRows } from './rejected_rows';
import { TemporaryFolder } from './testing/temporary_folder';

const PROBLEM = { field: 'document', rule: '1 to 20 decimal digits' } as const;
const HEADING = 'file,line,row,field,allowed,text\n';

let folder: TemporaryFolder;
beforeEach(() => (folder = new TemporaryFolder()));
afterEach(() => folder.remove());

interface Told {
  readonly rows: RejectedRows;
  readonly log: RecordedLog;
  readonly screen: string[];
}

/** So many rows are rejected; their text is given for each. */
function reject(texts: readonly string[], paths = [join(folder.path, 'rejected.csv')]): Told {
  const log = new RecordedLog();
  const screen: string[] = [];
  const rows = new RejectedRows({ paths, log, show: (line) => screen.push(line) });
  for (const [index, text] of texts.entries())
    rows.add({ file: 'a.csv', row: index + 1, line: index + 3 }, PROBLEM, text);
  rows.end();
  return { rows, log, screen };
}

test('are named on the screen and in the log without their content', () => {
  const { rows, log, screen } = reject(['Ana,Sosa,x,1990-01-01,7']);
  expect(screen).toEqual(['a.csv: line 3, row 1: document: allowed is 1 to 20 decimal digits']);
  expect(log.records).toEqual([
    {
      level: 'warning',
      action: 'leave_out_row',
      result: 'fail',
      details: { file: 'a.csv', line: 3, row: 1, field: 'document', allowed: '1 to 20 decimal digits' },
    },
    {
      level: 'warning',
      action: 'leave_out_rows',
      result: 'fail',
      details: { rows: 1, reasons_file: rows.path },
    },
  ]);
});

test('twenty are named, all are counted and written', () => {
  const { rows, log, screen } = reject(Array.from({ length: 1_500 }, () => 'x'));
  expect(rows.count).toBe(1_500);
  expect(screen).toHaveLength(21);
  expect(screen.at(-1)).toBe('and 1480 rows more');
  expect(log.records).toHaveLength(21);
  expect(readFileSync(rows.path ?? '', 'utf8').split('\n')).toHaveLength(1_502);
});

test('stand in the file byte for byte, for their owner alone', () => {
  const latin1 = 'Jos\xe9,"O""H",x\0,1990-01-01,7';
  const { rows } = reject(['Ana;Sosa', latin1]);
  const bytes = readFileSync(rows.path ?? '').toString('latin1');
  expect(bytes).toBe(
    `${HEADING}a.csv,3,1,document,1 to 20 decimal digits,Ana;Sosa\n` +
      `a.csv,4,2,document,1 to 20 decimal digits,"Jos\xe9,""O""""H"",x\0,1990-01-01,7"\n`,
  );
  expect(statSync(rows.path ?? '').mode & 0o777).toBe(0o600);
});

test('of an earlier run are never replaced; the same ones again make no second file', () => {
  expect(reject(['x']).rows.path).toBe(join(folder.path, 'rejected.csv'));
  expect(reject(['y']).rows.path).toBe(join(folder.path, 'rejected-2.csv'));
  expect(reject(['y']).rows.path).toBe(join(folder.path, 'rejected-2.csv'));
  expect(readdirSync(folder.path).sort()).toEqual(['rejected-2.csv', 'rejected.csv']);
  expect(readFileSync(join(folder.path, 'rejected.csv'), 'utf8')).toMatch(/,x\n$/);
});

test('go to the next place where the first takes no file', () => {
  const other = join(folder.path, 'other');
  mkdirSync(other);
  const { rows } = reject(['x'], ['/no/such/folder/rejected.csv', join(other, 'rejected.csv')]);
  expect(rows.path).toBe(join(other, 'rejected.csv'));
});

test('that can be written nowhere are counted and named all the same, and the reason is told', () => {
  const { rows, screen, log } = reject(['x', 'y'], ['/no/such/folder/rejected.csv']);
  expect(rows.path).toBeUndefined();
  expect(rows.count).toBe(2);
  expect(screen).toHaveLength(2);
  expect(rows.describe()).toMatch(/the rows could not be written to a file: .*ENOENT/);
  expect(log.records.at(-1)?.details).toMatchObject({
    rows: 2,
    reasons_file_error: expect.any(String) as string,
  });
});

test('when there are none, nothing is told and there is no file', () => {
  const { rows, log, screen } = reject([]);
  expect([rows.describe(), rows.path, log.records, screen]).toEqual(['', undefined, [], []]);
  expect(readdirSync(folder.path)).toEqual([]);
});

test('what they have in common is said, and where they are', () => {
  const { rows } = reject(['Ana;Sosa;1;1990-01-01;7']);
  expect(rows.describe()).toBe(
    `it looks as if the columns are separated with ; and not with ,; the rows and their reasons are in ${rows.path ?? ''}`,
  );
});
