import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConfigurationError } from '../../program/exit';
import { findDataFiles } from './data_files';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'data-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (agency: number, text: string): void => writeFileSync(join(folder, `agency-${agency}.csv`), text);

test('finds a file for each agency', async () => {
  put(1, 'abc');
  put(2, '');
  put(3, 'not asked for');
  expect(await findDataFiles(folder, 2)).toEqual([
    { agency: 1, path: join(folder, 'agency-1.csv'), sizeBytes: 3 },
    { agency: 2, path: join(folder, 'agency-2.csv'), sizeBytes: 0 },
  ]);
});

test('names the first missing file and the command that makes them', async () => {
  put(1, 'abc');
  mkdirSync(join(folder, 'agency-2.csv'));
  const finding = findDataFiles(folder, 4);
  await expect(finding).rejects.toThrow(ConfigurationError);
  await expect(finding).rejects.toThrow(
    /agency-2\.csv and 2 more are missing; `npm run data -- --agencies 4` .*$/,
  );
});
