import { appendFileSync, copyFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

import { OperationError } from '../program/exit';
import { names } from '../protocol/testing/arbitraries';
import { BetFile, RowVisitor } from './bet_file';
import { csvFile } from './testing/csv';
import { TemporaryFolder } from './testing/temporary_folder';

const CHUNK_BYTES = 16 * 1024;
const READ_BYTES = 256 * 1024;
const MAX_ROW_BYTES = 64 * 1024;
const UNCLOSED = 'row: quotes that are closed on the same line';
const folder = new TemporaryFolder();
afterAll(() => folder.remove());

interface ReadRow {
  readonly columns: readonly string[];
  readonly row: number;
  readonly line: number;
}

/** Every row of a file; those that are unreadable have their problem as their only column. */
async function read(content: string | Buffer): Promise<ReadRow[]> {
  const file = await BetFile.open(folder.write(content));
  const rows: ReadRow[] = [];
  const visitor: RowVisitor = {
    row: (columns, row, line) => {
      rows.push({ columns: columns.map((bytes) => Buffer.from(bytes, 'latin1').toString()), row, line });
    },
    unreadable: ({ field, rule }, row, line) => rows.push({ columns: [`${field}: ${rule}`], row, line }),
  };
  try {
    while (await file.readChunk(visitor));
    expect(file.bytesRead).toBe(file.stamp.sizeBytes);
    return rows;
  } finally {
    await file.close();
  }
}

async function columnsOf(content: string | Buffer): Promise<(readonly string[])[]> {
  return (await read(content)).map(({ columns }) => columns);
}

/** As many bytes as fill the first chunk, or the first read, but for `missing` of them. */
function filler(missing: number, bytes = CHUNK_BYTES): string {
  const row = 'Ana,Sosa,13414422,1963-11-07,7829\n';
  const count = Math.floor((bytes - missing) / row.length);
  return row.repeat(count - 1) + row.padStart(bytes - missing - (count - 1) * row.length, 'x');
}

describe('line ends', () => {
  const expected = [
    ['a', 'b'],
    ['c', 'd'],
  ];
  test.each([
    ['LF', 'a,b\nc,d\n'],
    ['CRLF', 'a,b\r\nc,d\r\n'],
    ['CRLF, then LF', 'a,b\r\nc,d\n'],
    ['LF, then CRLF', 'a,b\nc,d\r\n'],
    ['none behind the last row', 'a,b\nc,d'],
    ['a byte order mark in front', '\ufeffa,b\nc,d\n'],
  ])('%s', async (_, content) => {
    expect(await columnsOf(content)).toEqual(expected);
  });

  test.each([0, 1, 2])('a CRLF at the border of two chunks, %d bytes before it', async (missing) => {
    const content = `${filler(missing + 3)}x,y\r\nc,d\r\n`;
    expect((await columnsOf(content)).slice(-2)).toEqual([
      ['x', 'y'],
      ['c', 'd'],
    ]);
  });

  test('a lone CR stays in its column', async () => {
    expect(await columnsOf('a\rb,c\n')).toEqual([['a\rb', 'c']]);
  });
});

describe('blank lines', () => {
  test('are no rows, but are lines', async () => {
    const rows = await read('\n\r\na,b\n\n\nc,d\n\n');
    expect(rows).toEqual([
      { columns: ['a', 'b'], row: 1, line: 3 },
      { columns: ['c', 'd'], row: 2, line: 6 },
    ]);
  });

  test.each(['', '\n', '\r\n\r\n', '\ufeff', '\ufeff\n'])('alone make an empty file: %j', async (content) => {
    expect(await read(content)).toEqual([]);
  });

  test('with a space in them are rows, wrong ones', async () => {
    expect(await columnsOf(' \n')).toEqual([[' ']]);
  });
});

describe('quotes', () => {
  test.each([
    ['a comma', '"a,b",c\n', ['a,b', 'c']],
    ['quotes', '"a ""b"" c",d\n', ['a "b" c', 'd']],
    ['nothing', '"",""\n', ['', '']],
    ['everything, at the end of the file', '"a","b"', ['a', 'b']],
    ['a column in the middle of which they stand', 'O"Higgins,b\n', ['O"Higgins', 'b']],
  ])('around %s', async (_, content, columns) => {
    expect(await columnsOf(content)).toEqual([columns]);
  });

  test.each([
    ['at the end of the file', 'a,b\n"c,d'],
    ['in the middle', 'a,b\n"c,d\ne,f\n"g","h"\n'],
    ['on each of two lines', '"a\nb",c\nd,e\n'],
  ])('that are not closed, %s, are one wrong row for each line, and swallow nothing', async (_, content) => {
    const rows = await read(content);
    const lines = content.split('\n').filter((line) => line !== '');
    expect(rows.map(({ line }) => line)).toEqual(lines.map((_line, index) => index + 1));
    for (const [index, { columns }] of rows.entries()) {
      const isUnclosed = (lines[index]!.split('"').length - 1) % 2 === 1 && lines[index]!.startsWith('"');
      if (isUnclosed) expect(columns).toEqual([UNCLOSED]);
      else if (!lines[index]!.includes('"')) expect(columns).toEqual(lines[index]!.split(','));
    }
    expect(rows.some(({ columns }) => columns[0] === UNCLOSED)).toBe(true);
  });

  test('one that is not closed leaves a hundred thousand rows behind it as they are', async () => {
    const rows = await read(`a,b\n"c,d\n${'e,f\n'.repeat(100_000)}`);
    expect(rows).toHaveLength(100_002);
    expect(rows[1]).toEqual({ columns: [UNCLOSED], row: 2, line: 2 });
    expect(rows.at(-1)).toEqual({ columns: ['e', 'f'], row: 100_002, line: 100_002 });
  });
});

describe('the borders of chunks', () => {
  test.each([1, 2, 7, 20])('a row across one, %d bytes before it', async (missing) => {
    const rows = await read(`${filler(missing)}"Ana, B",Sosa,1\nlast\n`);
    expect(rows.slice(-2).map(({ columns }) => columns)).toEqual([['Ana, B', 'Sosa', '1'], ['last']]);
    expect(rows.at(-1)).toMatchObject({ row: rows.length, line: rows.length });
  });

  test.each([1, 2, 3])('a character across one, %d bytes before it', async (missing) => {
    expect((await columnsOf(`${filler(missing)}👩‍🚀ñ,b\n`)).at(-1)).toEqual(['👩‍🚀ñ', 'b']);
    const acrossReads = await columnsOf(`${filler(missing, READ_BYTES)}👩‍🚀ñ,b\nc\n`);
    expect(acrossReads.slice(-2)).toEqual([['👩‍🚀ñ', 'b'], ['c']]);
  });

  test.each([0, 1, 20])('rows across two reads, %d bytes before the border', async (missing) => {
    const rows = await read(`${filler(missing, READ_BYTES)}"Ana, B",Sosa,1\n${filler(7, READ_BYTES)}last\n`);
    expect(rows.at(-1)).toMatchObject({ columns: ['last'], row: rows.length, line: rows.length });
    expect(rows.filter(({ columns }) => columns[0] === 'Ana, B')).toHaveLength(1);
  });

  test('a file of exactly one chunk, and of two', async () => {
    expect(await read(filler(0))).toHaveLength(filler(0).split('\n').length - 1);
    expect(await read(filler(0) + filler(0))).toHaveLength(2 * (filler(0).split('\n').length - 1));
  });

  test('a row of the longest length', async () => {
    const long = 'x'.repeat(MAX_ROW_BYTES);
    expect(await columnsOf(`a\n${long}\nb\n`)).toEqual([['a'], [long], ['b']]);
  });

  test.each([
    ['with more rows behind it', `a,b\n${'x'.repeat(3 * MAX_ROW_BYTES)}\nb\n`],
    ['in the last chunk', `a,b\n${'x'.repeat(MAX_ROW_BYTES + 10_000)}\nb`],
    ['of quotes', `a,b\n"${'",'.repeat(MAX_ROW_BYTES)}"\nb`],
  ])('a longer row %s is one wrong row', async (_, content) => {
    expect(await columnsOf(content)).toEqual([['a', 'b'], [`row: at most ${MAX_ROW_BYTES} bytes`], ['b']]);
  });
});

describe('UTF-16 behind its mark', () => {
  test('is read like UTF-8, across the borders of chunks too', async () => {
    const rows = 'José,"Ñandú 👩",1\n'.repeat(10_000);
    const found = await columnsOf(Buffer.from(`\ufeff${rows}`, 'utf16le'));
    expect(found).toHaveLength(10_000);
    expect(new Set(found.map(String))).toEqual(new Set(['José,Ñandú 👩,1']));
  });
});

describe('the first quote', () => {
  test.each([0, 1, 5])('may come late, %d bytes before the border of a chunk', async (missing) => {
    const rows = await read(`${filler(missing)}"Ana, B",Sosa\r\n"x""y",z\nlast`);
    const before = filler(missing).split('\n').length - 1;
    expect(rows.slice(before)).toEqual([
      { columns: ['Ana, B', 'Sosa'], row: before + 1, line: before + 1 },
      { columns: ['x"y', 'z'], row: before + 2, line: before + 2 },
      { columns: ['last'], row: before + 3, line: before + 3 },
    ]);
  });
});

describe('what is no text', () => {
  test('bytes that are no UTF-8 are seen as U+FFFD, and the rows behind are whole', async () => {
    const content = Buffer.concat([Buffer.from('a,'), Buffer.from([0xff, 0xc3]), Buffer.from(',b\nc,d\n')]);
    const [first, second] = await columnsOf(content);
    expect(first?.[1]).toContain('\ufffd');
    expect(first?.[2]).toBe('b');
    expect(second).toEqual(['c', 'd']);
  });

  test('NUL bytes stay where they are', async () => {
    expect(await columnsOf('a\0b,c\n')).toEqual([['a\0b', 'c']]);
  });
});

describe('what is no file', () => {
  test('a missing one: the path and the reason, in one line', async () => {
    await expect(BetFile.open('/no/such/file.csv')).rejects.toThrow(
      /^\/no\/such\/file.csv: cannot be read: .*ENOENT.*$/,
    );
    await expect(BetFile.open('/no/such/file.csv')).rejects.toThrow(OperationError);
  });

  test('a folder', async () => {
    await expect(BetFile.open(folder.path)).rejects.toThrow(/: cannot be read: it is no regular file/);
  });
});

describe('a file that changes', () => {
  test.each<[string, (path: string) => void]>([
    ['grows', (path) => appendFileSync(path, 'c,d\n')],
    ['is written again', (path) => utimesSync(path, 1, 1)],
    ['is removed', (path) => rmSync(path)],
    [
      'is replaced',
      (path) => {
        copyFileSync(path, `${path}.new`);
        const { atime, mtime } = statSync(path);
        utimesSync(`${path}.new`, atime, mtime);
        renameSync(`${path}.new`, path);
      },
    ],
  ])('and %s is found out', async (_, change) => {
    const path = folder.write('a,b\n');
    const file = await BetFile.open(path);
    await file.requireUnchanged();
    change(path);
    await expect(file.requireUnchanged()).rejects.toThrow(/: has changed while it was read/);
    await file.close();
  });
});

test('any line is read as the parser alone reads it', async () => {
  const piece = fc.constantFrom('a', ',', '\n', '\r', '\r\n', '"', ';', 'ñ', ' ', filler(3));
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const text = pieces.join('');
      const lines = text
        .split('\n')
        .map((line, index, all) =>
          index < all.length - 1 && line.endsWith('\r') ? line.slice(0, -1) : line,
        );
      const expected = lines
        .filter((line) => line !== '')
        .map((line) => {
          try {
            const options = { relax_column_count: true, relax_quotes: true, record_delimiter: '\n' };
            return parse(line, options)[0] ?? [];
          } catch {
            return [UNCLOSED];
          }
        });
      expect(await columnsOf(text)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('what is written by the rules of CSV is read as it was, whatever the line ends', async () => {
  const column = fc.oneof(
    names,
    fc.string({ unit: fc.constantFrom('a', '"', ',', ';', 'ñ', '😀', ' ') }),
    fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\r\n]/.test(text)),
  );
  const row = fc.record({
    columns: fc.array(column, { minLength: 2, maxLength: 6 }),
    lineEnd: fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\n'),
    quotesAll: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 30 }),
      fc.boolean(),
      fc.boolean(),
      async (rows, isFar, hasMark) => {
        // A mark in front is taken away: a first column cannot begin with another.
        fc.pre(rows[0]?.columns[0]?.startsWith('\ufeff') !== true);
        const before = isFar ? filler(100) : '';
        const found = await read((hasMark ? '\ufeff' : '') + before + csvFile(rows));
        const rowsBefore = before.split('\n').length - 1;
        expect(found.slice(rowsBefore).map(({ columns }) => columns)).toEqual(
          rows.map(({ columns }) => columns),
        );
        let line = rowsBefore + 1;
        for (const [index, { columns, lineEnd }] of rows.entries()) {
          expect(found[rowsBefore + index]).toMatchObject({ row: rowsBefore + index + 1, line });
          line += `${columns.join('')}${lineEnd}`.split('\n').length - 1;
        }
      },
    ),
    { numRuns: 200 },
  );
});
