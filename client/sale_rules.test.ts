import { LeftOutLimit } from './config';
import { CheckedFile, CheckedFiles } from './file_check';
import { leftOutTooMany, requireSellable } from './sale_rules';

const RULES = {
  'data.strict': true,
  'data.mayBeEmpty': false,
  'data.maxLeftOut': { percent: 0.1 },
  'data.rows': undefined,
  'data.sha256': undefined,
};

function file(rows: number, path = 'a.csv', sha256?: string): CheckedFile {
  return { path, rows, sha256, stamp: { sizeBytes: 0, modifiedNs: 0n, inode: 0n } };
}

function checked(rows: number, bets: number): CheckedFiles {
  return { files: [file(rows)], rows, bets, batches: undefined };
}

function isTooMany(rows: number, leftOut: number, limit: LeftOutLimit): boolean {
  return leftOutTooMany({ ...RULES, 'data.maxLeftOut': limit }, checked(rows, rows - leftOut)) !== undefined;
}

test.each<[rows: number, most: number, limit: LeftOutLimit]>([
  [1_000, 1, { percent: 0.1 }],
  [999, 0, { percent: 0.1 }],
  [1_999, 1, { percent: 0.1 }],
  [78_000, 78, { percent: 0.1 }],
  [1_000, 23, { percent: 2.3 }],
  [1_000, 3, { percent: 0.3 }],
  [10, 0, { rows: 0 }],
  [10, 4, { rows: 4 }],
  [10, 9, { percent: 100 }],
])('of %d rows %d may be left out at most with %p', (rows, most, limit) => {
  expect(isTooMany(rows, most, limit)).toBe(false);
  expect(isTooMany(rows, most + 1, limit)).toBe(true);
});

test('at least one row must be sold, unless there is none', () => {
  expect(isTooMany(5, 5, { percent: 100 })).toBe(true);
  expect(isTooMany(0, 0, { percent: 0 })).toBe(false);
});

describe('nothing is sold', () => {
  test.each<[string, Parameters<typeof requireSellable>, RegExp]>([
    ['of an empty file', [RULES, checked(0, 0), [file(0)]], /^a\.csv: is empty/],
    [
      'where one of several is empty',
      [RULES, checked(3, 3), [file(3), file(0, 'b.csv')]],
      /^b\.csv: is empty/,
    ],
    ['with a bad row', [RULES, checked(3, 2), [file(3)]], /^a\.csv: 1 row cannot be sent$/],
    [
      'of another number of rows',
      [{ ...RULES, 'data.rows': 4 }, checked(3, 3), [file(2), file(1, 'b.csv')]],
      /^a\.csv and 1 more: 3 rows, data\.rows says 4$/,
    ],
    [
      'of another digest, also of the second file',
      [
        { ...RULES, 'data.sha256': ['aa', 'bb'] },
        checked(3, 3),
        [file(2, 'a.csv', 'aa'), file(1, 'b.csv', 'cc')],
      ],
      /^b\.csv: its SHA-256 is cc, data\.sha256 says bb$/,
    ],
  ])('%s', (_, given, message) => {
    expect(() => requireSellable(...given)).toThrow(message);
  });

  test('otherwise it may be', () => {
    requireSellable({ ...RULES, 'data.mayBeEmpty': true }, checked(0, 0), [file(0)]);
    requireSellable({ ...RULES, 'data.strict': false }, checked(3, 2), [file(3)]);
    requireSellable({ ...RULES, 'data.rows': 3, 'data.sha256': ['aa'] }, checked(3, 3), [
      file(3, 'a.csv', 'aa'),
    ]);
  });
});
