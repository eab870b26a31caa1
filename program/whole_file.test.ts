import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeFileWithRights, writePrivateFile, writeWholeFile } from './whole_file';

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

const modeOf = async (name: string): Promise<number> => (await stat(join(folder, name))).mode & 0o777;

test('a private file is its owner’s alone, whatever was there before', async () => {
  await writePrivateFile(join(folder, 'new'), ['x']);
  await writeFile(join(folder, 'old'), 'old');
  await chmod(join(folder, 'old'), 0o644);
  await writePrivateFile(join(folder, 'old'), ['x']);
  expect([await modeOf('new'), await modeOf('old')]).toEqual([0o600, 0o600]);
});

test('any other file keeps the permissions of the one that it replaces', async () => {
  for (const mode of [0o600, 0o644, 0o666]) {
    await writeFile(join(folder, 'file'), 'old');
    await chmod(join(folder, 'file'), mode);
    await writeWholeFile(join(folder, 'file'), ['new']);
    expect(await modeOf('file')).toBe(mode);
  }
});

test('the temporary name is another each time, and only its owner may read the file', async () => {
  const names: string[] = [];
  function* looking(): Generator<string, void> {
    names.push(...readdirSync(folder).filter((name) => name.endsWith('.part')));
    yield 'x';
    names.forEach(
      (name) => existsSync(join(folder, name)) && modes.push(statSync(join(folder, name)).mode & 0o777),
    );
  }
  const modes: number[] = [];
  for (let run = 0; run < 20; run++) await writePrivateFile(join(folder, 'file'), looking());
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => /^\.[0-9a-f]{24}\.part$/.test(name))).toBe(true);
  expect(modes.every((mode) => mode === 0o600)).toBe(true);
  expect(await readdir(folder)).toEqual(['file']);
});

test('a link that has the name is replaced, not followed', async () => {
  await writeFile(join(folder, 'other'), 'other');
  await symlink(join(folder, 'other'), join(folder, 'link'));
  await writePrivateFile(join(folder, 'link'), ['new']);
  expect(await readFile(join(folder, 'other'), 'utf8')).toBe('other');
});

describe('a file with given rights', () => {
  test('has them whatever was there, and whatever the umask', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'old', { mode: 0o600 });
    const before = process.umask(0o077);
    try {
      await writeFileWithRights(path, ['new'], { mode: 0o644 });
    } finally {
      process.umask(before);
    }
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test('belongs to the given owner, or is not there', async () => {
    const path = join(folder, 'file');
    const owner = { uid: 1000, gid: 1000 };
    const written = writeFileWithRights(path, ['new'], { mode: 0o600, owner });
    const isRoot = process.getuid?.() === 0;
    if (isRoot || process.getuid?.() === owner.uid) {
      await written;
      expect(statSync(path)).toMatchObject(owner);
    } else {
      await expect(written).rejects.toThrow('EPERM');
      expect(await readdir(folder)).toEqual([]);
    }
  });
});
