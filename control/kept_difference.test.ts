import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KeptDifference } from './kept_difference';
import { StorageFailed } from './mistakes';

const FOUND = {
  at: '2026-12-22T09:00:00.000Z',
  log: 'lottery.example/x',
  reason: 'agency 1, batch 1: chain',
};

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'control-'))));
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

test('a difference that was kept is there at the next start, the first one for good', () => {
  const kept = new KeptDifference(folder);
  expect(kept.found).toBeUndefined();
  kept.keep(FOUND);
  expect(new KeptDifference(folder).found).toEqual(FOUND);
  kept.keep({ ...FOUND, reason: 'another' });
  new KeptDifference(folder).keep({ ...FOUND, reason: 'another' });
  expect(new KeptDifference(folder).found).toEqual(FOUND);
  expect(fs.readdirSync(folder)).toEqual(['difference']);
  expect(fs.statSync(join(folder, 'difference')).mode & 0o777).toBe(0o600);
});

test('its bytes are durable before its name, and its name before it counts', () => {
  const kept = new KeptDifference(folder);
  const steps: string[] = [];
  const kindOf = (file: number): string => (fs.fstatSync(file).isDirectory() ? 'folder' : 'file');
  const { fsyncSync, renameSync } = fs;
  jest.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    steps.push(`sync ${kindOf(file)}`);
    fsyncSync(file);
  });
  jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    steps.push('rename');
    renameSync(from, to);
  });
  kept.keep(FOUND);
  expect(steps).toEqual(['sync file', 'rename', 'sync folder']);
});

test('what is left of a write that was cut short is no difference, and in nobody’s way', () => {
  fs.writeFileSync(join(folder, 'difference.part'), 'found 2026-12-22T09:00:00.000Z\nlog lot');
  const kept = new KeptDifference(folder);
  expect(kept.found).toBeUndefined();
  kept.keep(FOUND);
  expect(new KeptDifference(folder).found).toEqual(FOUND);
});

test.each(['', 'found x\n', `found x\nlog y\n\n`, 'found x\nlog y\na\nb\n'])(
  'a file with %j is no reason to go on',
  (text) => {
    fs.writeFileSync(join(folder, 'difference'), text);
    expect(() => new KeptDifference(folder)).toThrow(StorageFailed);
    expect(() => new KeptDifference(folder)).toThrow(`${join(folder, 'difference')}: it is damaged: `);
  },
);

test('one that cannot be written fails', () => {
  const kept = new KeptDifference(folder);
  fs.mkdirSync(join(folder, 'difference.part'));
  expect(() => kept.keep(FOUND)).toThrow(StorageFailed);
  expect(kept.found).toBeUndefined();
});

test('one that cannot be read fails', () => {
  fs.mkdirSync(join(folder, 'difference'));
  expect(() => new KeptDifference(folder)).toThrow(StorageFailed);
});
