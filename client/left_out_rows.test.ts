import { RecordedLog } from '../program/testing/recorded_log';
import { LeftOutRows } from './left_out_rows';

const PROBLEM = { field: 'document', rule: '1 to 20 decimal digits' } as const;

describe('rows that are left out', () => {
  test('are told by file, line, row and field', () => {
    const log = new RecordedLog();
    const rows = new LeftOutRows('a.csv', log);
    rows.report({ row: 7, line: 9 }, PROBLEM);
    expect(log.records).toEqual([
      {
        level: 'warning',
        action: 'leave_out_row',
        result: 'fail',
        details: { file: 'a.csv', line: 9, row: 7, field: 'document', allowed: '1 to 20 decimal digits' },
      },
    ]);
    expect(rows.count).toBe(1);
  });

  test('are told one by one up to a thousand, and counted all', () => {
    const log = new RecordedLog();
    const rows = new LeftOutRows('a.csv', log);
    for (let row = 1; row <= 1_500; row++) rows.report({ row, line: row }, PROBLEM);
    expect(log.records).toHaveLength(1_000);
    expect(rows.count).toBe(1_500);
    rows.summarize();
    expect(log.records.at(-1)).toMatchObject({
      action: 'leave_out_rows',
      details: { file: 'a.csv', rows: 1_500 },
    });
  });

  test('when there are none, no sum is told', () => {
    const log = new RecordedLog();
    new LeftOutRows('a.csv', log).summarize();
    expect(log.records).toEqual([]);
  });
});
