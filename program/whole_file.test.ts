import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeWholeFile } from './whole_file';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whole-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('writes all texts, in UTF-8, across many chunks', async () => {
  const texts = Array.from({ length: 50_000 }, (_, index) => `Núñez ${index}\n`);
  await writeWholeFile(join(folder, 'file'), texts);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe(texts.join(''));
  expect(await readdir(folder)).toEqual(['file']);
});

test('writes an empty file for no text', async () => {
  await writeWholeFile(join(folder, 'file'), []);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('');
});

test('does not ask for more texts than the disk takes', async () => {
  let asked = 0;
  const stop = new AbortController();
  function* endless(): Generator<string, void> {
    for (;;) {
      asked++;
      if (asked === 100) stop.abort();
      yield 'x'.repeat(65_536);
    }
  }
  await expect(writeWholeFile(join(folder, 'file'), endless(), stop.signal)).rejects.toThrow('abort');
  expect(asked).toBeLessThan(110);
  expect(await readdir(folder)).toEqual([]);
});

test('replaces a file that was there', async () => {
  await writeFile(join(folder, 'file'), 'a longer old text');
  await writeWholeFile(join(folder, 'file'), ['new']);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('new');
});

test('leaves nothing where a folder has the name', async () => {
  await mkdir(join(folder, 'file'));
  await expect(writeWholeFile(join(folder, 'file'), ['x'])).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['file']);
});

test('leaves the old file and nothing else when the texts fail', async () => {
  await writeFile(join(folder, 'file'), 'old');
  function* failing(): Generator<string, void> {
    yield 'x'.repeat(100_000);
    throw new Error('no more');
  }
  await expect(writeWholeFile(join(folder, 'file'), failing())).rejects.toThrow('no more');
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['file']);
});
