import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { FakeClock } from './testing/fake_clock';
import { LOOK_INTERVAL_MS, SETTLE_MS, WatchedFiles } from './watched_files';

let folder: string;
let clock: FakeClock;
let told: number;
let watched: WatchedFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lottery-watched-'));
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), 'before');
  clock = new FakeClock();
  told = 0;
  watched = watch('a', 'b');
});
afterEach(() => {
  watched.close();
  rmSync(folder, { recursive: true });
});

function watch(...names: string[]): WatchedFiles {
  const files = names.map((name) => join(folder, name));
  const made = new WatchedFiles(files, (delayMs, call) => clock.after(delayMs, call));
  made.watch(() => told++);
  return made;
}

/** Lets a look pass. @returns the time until it */
async function look(): Promise<number | undefined> {
  const inMs = clock.nextInMs;
  clock.runNext();
  while (clock.timerCount === 0) await turn();
  return inMs;
}

const CHANGES: readonly (readonly [string, () => void])[] = [
  ['written again', () => writeFileSync(join(folder, 'a'), 'after')],
  ['longer', () => appendFileSync(join(folder, 'b'), 'more')],
  ['removed', () => rmSync(join(folder, 'b'))],
  ['readable to others', () => chmodSync(join(folder, 'b'), 0o640)],
  ['replaced', () => renameSync(join(folder, 'b'), join(folder, 'a'))],
];

test.each(CHANGES)('a file that is %s is told once, when it changes no more', async (_, change) => {
  expect(await look()).toBe(LOOK_INTERVAL_MS);
  expect(told).toBe(0);
  change();
  expect(await look()).toBe(LOOK_INTERVAL_MS);
  expect(told).toBe(0);
  expect(await look()).toBe(SETTLE_MS);
  expect(told).toBe(1);
  for (let looks = 0; looks < 3; looks++) expect(await look()).toBe(LOOK_INTERVAL_MS);
  expect(told).toBe(1);
});

test('a file that is still written is not told', async () => {
  for (let writes = 0; writes < 5; writes++) {
    appendFileSync(join(folder, 'a'), 'more');
    await look();
  }
  expect(told).toBe(0);
  await look();
  expect(told).toBe(1);
});

test('what has changed before the first look, but after it was made, is told', async () => {
  const files = [join(folder, 'a')];
  const other = new WatchedFiles(files, (delayMs, call) => clock.after(delayMs, call));
  watched.close();
  writeFileSync(files[0]!, 'after');
  let changes = 0;
  other.watch(() => changes++);
  await look();
  await look();
  expect(changes).toBe(1);
  other.close();
});

test('a file that is missing is told when it comes', async () => {
  watched.close();
  watched = watch('c');
  await look();
  expect(told).toBe(0);
  writeFileSync(join(folder, 'c'), 'new');
  await look();
  await look();
  expect(told).toBe(1);
});

test('links are followed', async () => {
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'a'), link);
  watched.close();
  watched = watch('link');
  symlinkSync(join(folder, 'b'), `${link}.new`);
  renameSync(`${link}.new`, link);
  await look();
  await look();
  expect(told).toBe(1);
});

test('it can be told at once, and is not told again', async () => {
  writeFileSync(join(folder, 'a'), 'after');
  watched.tell();
  expect(told).toBe(1);
  await look();
  await look();
  expect(told).toBe(1);
});

test('once closed, nothing is looked at', async () => {
  watched.close();
  expect(clock.timerCount).toBe(0);
  watched = watch('a');
  writeFileSync(join(folder, 'a'), 'after');
  clock.runNext();
  watched.close();
  for (let turns = 0; turns < 20; turns++) await turn();
  expect([told, clock.timerCount]).toEqual([0, 0]);
});
