import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sharedValuesContract } from '../ledger/testing/shared_values_contract';
import { FolderValues } from './folder_values';
import { LogFolder } from './log_folder';

const NAME = 'values';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'values-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<FolderValues> => Promise.resolve(new FolderValues(new LogFolder(folder), NAME));

sharedValuesContract('FolderValues', { open, openAgain: open });

test('a name that may not be touches no file, also none outside the folder', async () => {
  const values = await open();
  await values.replace('name', undefined, Buffer.from('one'));
  for (const name of ['../outside', '', '.', 'name.tmp']) {
    await expect(values.replace(name, undefined, Buffer.from('two'))).rejects.toBeInstanceOf(RangeError);
  }
  expect([readdirSync(folder), readdirSync(join(folder, NAME))]).toEqual([[NAME], ['name']]);
});
