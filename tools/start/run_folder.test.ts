import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { KEPT_RUNS, makeRunFolder, namesToRemove, removeOldRuns, runName } from './run_folder';

/** Larger than any process id there is. */
const NOBODY = 4_000_000_000;
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => runName(new Date(2025, 0, 31, 23, 59, index), NOBODY));
const nobodyRuns = (): boolean => false;

test('a run is named after its moment and its process', () => {
  expect(runName(new Date(2025, 0, 2, 3, 4, 5), 4711)).toBe('20250102-030405-4711');
});

describe('which runs are to go', () => {
  test('none, as long as there are few', () => {
    expect(namesToRemove(names(KEPT_RUNS), nobodyRuns)).toEqual([]);
  });

  test('all but the newest, in whatever order they are found', () => {
    const all = names(KEPT_RUNS + 3);
    expect(namesToRemove([...all].reverse(), nobodyRuns)).toEqual(all.slice(0, 3));
  });

  test('none whose process is there', () => {
    const old = runName(new Date(2020, 0, 1), 11);
    const older = runName(new Date(2019, 0, 1), 12);
    expect(namesToRemove([...names(KEPT_RUNS), old, older], (id) => id === 11)).toEqual([older]);
  });

  test('nothing with a name that is not of a run', () => {
    const others = ['notes', '20200101-000000', '20200101-000000-1.bak', 'x20200101-000000-1', '..', ''];
    expect(namesToRemove([...others, ...names(KEPT_RUNS)], nobodyRuns)).toEqual([]);
  });
});

describe('the folder of all runs', () => {
  let runs: string;
  beforeEach(() => (runs = mkdtempSync(join(tmpdir(), 'runs-'))));
  afterEach(() => rmSync(runs, { recursive: true, force: true }));

  test('is made, and the new run in it', async () => {
    const folder = await makeRunFolder(join(runs, 'new'));
    expect(readdirSync(join(runs, 'new'))).toEqual([basename(folder)]);
    expect(folder).toMatch(new RegExp(`-${process.pid}$`));
  });

  test('that cannot be made is told in one line', async () => {
    writeFileSync(join(runs, 'file'), '');
    await expect(makeRunFolder(join(runs, 'file'))).rejects.toThrow(
      /^the folder of this run cannot be made: .*$/,
    );
  });

  test('loses the old runs with what is in them, and nothing else', async () => {
    const all = names(KEPT_RUNS + 2);
    for (const name of all) mkdirSync(join(runs, name, 'ledger'), { recursive: true });
    writeFileSync(join(runs, all[0]!, 'ledger', 'lottery.db'), 'bets');
    const link = runName(new Date(2001, 0, 1), NOBODY);
    symlinkSync(runs, join(runs, link));
    const file = runName(new Date(2002, 0, 1), NOBODY);
    writeFileSync(join(runs, file), '');
    await removeOldRuns(runs);
    expect(readdirSync(runs).sort()).toEqual([link, file, ...all.slice(2)]);
  });

  test('keeps an old run whose process is there', async () => {
    const mine = runName(new Date(2003, 0, 1), process.pid);
    for (const name of [mine, ...names(KEPT_RUNS)]) mkdirSync(join(runs, name));
    await removeOldRuns(runs);
    expect(readdirSync(runs)).toContain(mine);
  });
});
