import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

import '../../../../protocol/testing/arbitraries';
import { csvRecords } from './csv_records';

const columnsOf = (text: string): (readonly string[])[] =>
  [...csvRecords(text)].map(({ columns }) => columns);

test.each<[string, string[][]]>([
  ['', []],
  ['a', [['a']]],
  ['a,b\n', [['a', 'b']]],
  ['a,b\r\nc\r\n', [['a', 'b'], ['c']]],
  ['\n\n', []],
  ['\r\na\n\n\r\nb\n\n', [['a'], ['b']]],
  [',\r\n', [['', '']]],
  ['a\rb,\rc', [['a\rb', '\rc']]],
  ['a\r', [['a\r']]],
  ['"a","b ""c"""\r\n""', [['a', 'b "c"'], ['']]],
  ['"a,\rb",c', [['a,\rb', 'c']]],
  ['a"b",c""', [['a"b"', 'c""']]],
  ['1,2,3,4,5,6,7,8,9\n1', [['1', '2', '3', '4', '5', '6', '7'], ['1']]],
])('%j', (text, columns) => {
  expect(columnsOf(text)).toEqual(columns);
  expect([...csvRecords(text)].some(({ isBroken }) => isBroken)).toBe(false);
});

test.each(['"', '"a', '"a\nb"', `"${'""'.repeat(300)}"`, 'a,"b\nc', '"a"b', '"a" ,b', '"a""b"c', '"a"\r,b'])(
  '%j is broken',
  (text) => {
    expect([...csvRecords(text)].at(0)?.isBroken).toBe(true);
  },
);

test('after a broken record, the next one is read', () => {
  expect([...csvRecords('"a"b,c\nd\n')]).toEqual([
    { columns: ['a', 'c'], isBroken: true },
    { columns: ['d'], isBroken: false },
  ]);
});

test('any text is read as a parser of CSV reads it', () => {
  const texts = fc.string({
    unit: fc.constantFrom('"', '"', ',', '\r\n', '\n', '\r', 'a', ' '),
    maxLength: 30,
  });
  fc.assert(
    fc.property(texts, (text) => {
      const records = [...csvRecords(text)];
      fc.pre(records.every(({ isBroken, columns }) => !isBroken && columns.length < 7));
      const parsed = parse(Buffer.from(text), {
        relax_column_count: true,
        relax_quotes: true,
        record_delimiter: ['\r\n', '\n'],
        skip_empty_lines: true,
      });
      expect(records.map(({ columns }) => columns)).toEqual(parsed);
    }),
    { numRuns: 5_000 },
  );
});

test('whatever comes is read in one pass', () => {
  for (const part of [',', '"', '""', '",', ',"', '\n', '"\n', ',\n"']) {
    const text = part.repeat(300_000);
    let columns = 0;
    for (const record of csvRecords(text)) columns += record.columns.length;
    expect(columns).toBeLessThanOrEqual(text.length);
  }
});
