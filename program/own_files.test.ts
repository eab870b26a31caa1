/** Where a program finds what belongs to it: beside the TypeScript, which tests run, and beside a bundle. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DIST, ROOT } from '../tests/support/built';
import { besideCode, inProject, ownProgram } from './own_files';

const THREAD = 'server/ledger/sqlite/writer_thread';

afterEach(() => void Reflect.deleteProperty(globalThis, 'BUNDLE_FOLDER'));

test('files lie where the project has them', () => {
  expect(inProject('server/config.ini')).toBe(join(ROOT, 'server/config.ini'));
  expect(existsSync(besideCode('server/ledger/redis/scripts/settle.lua'))).toBe(true);
});

test('a program is a module among the others, and in a bundle a file beside it', () => {
  expect(ownProgram(THREAD)).toBe(join(ROOT, `${THREAD}.js`));
  Reflect.set(globalThis, 'BUNDLE_FOLDER', join(DIST, 'bundled/server'));
  expect(ownProgram(THREAD)).toBe(join(DIST, 'bundled/server/writer_thread.js'));
  expect(existsSync(ownProgram(THREAD))).toBe(true);
});
