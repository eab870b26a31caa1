import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeFolder, PRIVATE_FOLDER } from './folders';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lottery-folders-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('makes what is missing, and tells the outermost', () => {
  expect(makeFolder(join(folder, 'a', 'b', 'c'), PRIVATE_FOLDER)).toBe(join(folder, 'a'));
  expect(statSync(join(folder, 'a', 'b', 'c')).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'a', 'b')).mode & 0o070).not.toBe(0);
  expect(makeFolder(join(folder, 'a', 'b', 'c'))).toBeUndefined();
});

test('names what is no folder', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolder(join(folder, 'file'))).toThrow(`${join(folder, 'file')} is no folder`);
  expect(() => makeFolder(join(folder, 'file', 'a', 'b'))).toThrow(`${join(folder, 'file')} is no folder`);
});

test('a link to nowhere is an error', () => {
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  expect(() => makeFolder(join(folder, 'link'))).toThrow('EEXIST');
});

(existsSync('/proc/self') ? test : test.skip)('ends where no folder can be made', () => {
  expect(() => makeFolder('/proc/x')).toThrow('ENOENT');
  expect(() => makeFolder('/proc/x/y')).toThrow('ENOENT');
});
