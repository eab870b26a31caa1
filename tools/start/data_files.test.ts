import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OperationError } from '../../program/exit';
import { findDataFiles, makeDataFiles } from './data_files';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'data-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (agency: number, text: string): void => writeFileSync(join(folder, `agency-${agency}.csv`), text);
const going = new AbortController().signal;

describe('looking for the files', () => {
  test('finds one for each agency', async () => {
    put(1, 'abc');
    put(2, '');
    put(3, 'not asked for');
    expect(await findDataFiles(folder, 2)).toEqual({
      files: [
        { agency: 1, path: join(folder, 'agency-1.csv'), sizeBytes: 3 },
        { agency: 2, path: join(folder, 'agency-2.csv'), sizeBytes: 0 },
      ],
      missing: [],
    });
  });

  test('tells which are missing; an empty folder, as Docker makes it, is no file', async () => {
    put(1, 'abc');
    mkdirSync(join(folder, 'agency-2.csv'));
    const { files, missing } = await findDataFiles(folder, 4);
    expect(files.map(({ agency }) => agency)).toEqual([1]);
    expect(missing).toEqual([2, 3, 4]);
    expect(readdirSync(folder).sort()).toEqual(['agency-1.csv', 'agency-2.csv']);
  });

  test('says so when a folder has the name of a file', async () => {
    mkdirSync(join(folder, 'agency-1.csv', 'kept'), { recursive: true });
    const finding = findDataFiles(folder, 1);
    await expect(finding).rejects.toThrow(OperationError);
    await expect(finding).rejects.toThrow(/^\S+agency-1\.csv is a folder that is not empty, not a file$/);
  });
});

describe('making files for a run', () => {
  const rowsOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

  test('makes those of some agencies, as if all were made', async () => {
    const [all, some] = [join(folder, 'all'), join(folder, 'some')];
    await makeDataFiles({ folder: all, agencies: 4, bets: 1_000, of: [1, 2, 3, 4] }, undefined, going);
    const made = await makeDataFiles(
      { folder: some, agencies: 4, bets: 1_000, of: [2, 4] },
      undefined,
      going,
    );
    expect(made.map(({ agency, path }) => [agency, path])).toEqual([
      [2, join(some, 'agency-2.csv')],
      [4, join(some, 'agency-4.csv')],
    ]);
    for (const name of ['agency-2.csv', 'agency-4.csv']) {
      expect(rowsOf(join(some, name))).toEqual(rowsOf(join(all, name)));
    }
    expect([1, 2, 3, 4].flatMap((agency) => rowsOf(join(all, `agency-${agency}.csv`)))).toHaveLength(1_000);
  });

  test.each([
    ['1234', '1234'],
    [undefined, '7574'],
    ['no number', '7574'],
  ])('there are winners where the winning number is set to %j', async (set, number) => {
    const [file] = await makeDataFiles({ folder, agencies: 1, bets: 500, of: [1] }, set, going);
    expect(rowsOf(file!.path).filter((row) => row.endsWith(`,${number}`)).length).toBeGreaterThan(1);
  });
});
