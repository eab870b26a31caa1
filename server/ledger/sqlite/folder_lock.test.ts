import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DIST } from '../../../tests/support/built';
import { OperationError } from '../../../program/exit';
import { FolderLock } from './folder_lock';
import { newFolder, removeFolders } from './testing/ledger_folder';

const HOLDER = `
  require(process.argv[1]).FolderLock.take(process.argv[2]);
  process.stdout.write('locked');
  setInterval(() => undefined, 1_000);
`;

let holder: ChildProcess | undefined;

afterEach(() => {
  holder?.kill('SIGKILL');
  holder = undefined;
});
afterAll(removeFolders);

/** Starts a process that takes the folder, or ends with its error. */
function startHolder(folder: string): ChildProcess {
  const lock = join(DIST, 'server/ledger/sqlite/folder_lock');
  return spawn(process.execPath, ['-e', HOLDER, lock, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a process says that cannot take the folder. */
async function refusal(folder: string): Promise<string> {
  const refused = startHolder(folder);
  let said = '';
  refused.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(refused, 'close')) as [number];
  expect(code).toBe(1);
  return said;
}

test('a folder that another process has is refused, and free when that process is killed', async () => {
  const folder = newFolder();
  holder = startHolder(folder);
  await once(holder.stdout!, 'data');
  expect(() => FolderLock.take(folder)).toThrow(OperationError);
  expect(await refusal(folder)).toContain(`OperationError: another server uses the ledger in ${folder}`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  FolderLock.take(folder).release();
});

test('this process keeps others out', async () => {
  const folder = newFolder();
  const lock = FolderLock.take(folder);
  expect(await refusal(folder)).toContain('another server uses the ledger');
  lock.release();
});

test('this process keeps itself out', () => {
  const folder = newFolder();
  FolderLock.take(folder);
  expect(() => FolderLock.take(folder)).toThrow(OperationError);
});

test('a folder that was given back is free', () => {
  const folder = newFolder();
  FolderLock.take(folder).release();
  FolderLock.take(folder).release();
});

test('it is kept in mind that a ledger was made', () => {
  const folder = newFolder();
  const lock = FolderLock.take(folder);
  expect(lock.isMade).toBe(false);
  lock.markMade();
  lock.release();
  const again = FolderLock.take(folder);
  expect(again.isMade).toBe(true);
  again.release();
});

test('a folder that cannot be used is named', () => {
  const file = join(newFolder(), 'a file');
  writeFileSync(file, '');
  expect(() => FolderLock.take(file)).toThrow(OperationError);
  expect(() => FolderLock.take(file)).toThrow(file);
});

test('folders that are missing are made', () => {
  const folder = join(newFolder(), 'a', 'b');
  FolderLock.take(folder);
  expect(() => FolderLock.take(folder)).toThrow(OperationError);
});

test('what is made is for its owner alone, and what was there stays as it is', () => {
  const folder = join(newFolder(), 'a', 'b');
  FolderLock.take(folder).release();
  expect(modeOf(folder)).toBe(0o700);
  expect(modeOf(join(folder, 'lottery.lock'))).toBe(0o600);
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'lottery.lock'), 0o644);
  FolderLock.take(folder).release();
  expect([modeOf(folder), modeOf(join(folder, 'lottery.lock'))]).toEqual([0o755, 0o644]);
});

(existsSync('/proc/self') ? test : test.skip)('a folder that cannot be made is an error at once', () => {
  expect(() => FolderLock.take('/proc/x')).toThrow(
    /^\/proc\/x: cannot be used for the ledger \(DATA_DIR\): .*ENOENT/,
  );
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
