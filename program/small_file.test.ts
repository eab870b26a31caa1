import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from './exit';
import { readNamedFile, readSecretFile } from './named_file';
import { FileTooLong, readSmallFile } from './small_file';
import { readTextFile } from './text_file';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'small-file-'));
  path = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is read whole up to its bound, also by a link, and one byte more is refused', () => {
  writeFileSync(path, 'x'.repeat(100_000), { mode: 0o640 });
  const link = join(folder, 'link');
  symlinkSync(path, link);
  const { bytes, mode } = readSmallFile(link, 100_000);
  expect([bytes.length, mode & 0o777]).toEqual([100_000, 0o640]);
  expect(() => readSmallFile(path, 99_999)).toThrow(FileTooLong);
  expect(() => readSmallFile(path, 99_999)).toThrow('it is longer than 99999 bytes');
});

test('files that tell no size are read, and the null device is an empty file', () => {
  expect(readSmallFile('/proc/self/status', 65_536).bytes.toString()).toMatch(/^Name:/);
  expect(readSmallFile('/dev/null', 10).bytes).toHaveLength(0);
});

const OTHERS: readonly [what: string, make: () => void, reason: string][] = [
  [
    'a pipe without a writer',
    () => void execFileSync('mkfifo', [path]),
    'it is a pipe; allowed is a regular',
  ],
  ['a device without end', () => symlinkSync('/dev/zero', path), 'it is a device; allowed is a regular file'],
  ['a folder', () => mkdirSync(path), 'it is a folder; allowed is a regular file'],
  ['nothing', () => undefined, 'ENOENT'],
];

test.each(OTHERS)('%s is refused at once', (_, make, reason) => {
  make();
  expect(() => readSmallFile(path, 10)).toThrow(reason);
});

test.each(OTHERS)('so it is where a setting, or a command line, names %s', (_, make, reason) => {
  make();
  const named = { setting: 'environment: KEY:', path };
  for (const read of [() => readNamedFile(named), () => readSecretFile(named), () => readTextFile(path)]) {
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(path);
    expect(read).toThrow(reason);
  }
});
