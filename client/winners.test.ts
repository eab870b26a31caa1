import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OperationError } from '../program/exit';
import { TemporaryFolder } from './testing/temporary_folder';
import { writeWinners } from './winners';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

/** Runs with or without somebody at the screen; answers what was written on it. */
async function onScreen(isTerminal: boolean, run: () => Promise<void>): Promise<string> {
  const before = process.stdout.isTTY;
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  process.stdout.isTTY = isTerminal;
  try {
    await run();
    return text;
  } finally {
    process.stdout.isTTY = before;
    write.mockRestore();
  }
}

describe('the winners', () => {
  test('are written to the file, one a line, and nowhere else', async () => {
    const file = join(folder.path, 'winners.txt');
    expect(await onScreen(false, () => writeWinners(file, ['123', '0045']))).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('123\n0045\n');
    expect(readdirSync(folder.path)).toEqual(['winners.txt']);
  });

  test('take the place of those of an earlier run', async () => {
    const file = join(folder.path, 'winners.txt');
    await writeWinners(file, ['1', '2', '3']);
    await writeWinners(file, []);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  test('are shown on a terminal', async () => {
    expect(await onScreen(true, () => writeWinners(undefined, ['123', '45']))).toBe('123\n45\n');
    expect(await onScreen(false, () => writeWinners(undefined, ['123']))).toBe('');
  });

  test('that cannot be written: one line, and nothing left behind', async () => {
    await expect(writeWinners('/no/such/folder/winners.txt', ['1'])).rejects.toThrow(OperationError);
    await expect(writeWinners('/no/such/folder/winners.txt', ['1'])).rejects.toThrow(
      /^\/no\/such\/folder\/winners.txt: cannot be written: [^\n]*ENOENT[^\n]*$/,
    );
  });

  // The file is written beside and then renamed; where the name is a folder's, the other file stays.
  test('that cannot be put in place leave no other file behind', async () => {
    const inside = new TemporaryFolder();
    try {
      const target = join(inside.path, 'winners');
      mkdirSync(target);
      await expect(writeWinners(target, ['1'])).rejects.toThrow(OperationError);
      expect(readdirSync(inside.path)).toEqual(['winners']);
    } finally {
      inside.remove();
    }
  });
});
