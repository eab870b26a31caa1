import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { checkpointText } from '../../../../transparency/notes/checkpoint';
import { newTiles, tilePath } from '../../../../transparency/tree/tiles';
import { NOTHING_SIGNED } from '../../../lottery/receipts';
import { closeDoors, OpenDoor } from '../testing/open_door';

/** One full tile, and two leaves. */
const SIZE = 258;
const FULL = 'tile/0/000';
const EDGE = 'tile/0/001.p/2';
const LOST = {
  status: 503,
  json: {
    code: 'unavailable',
    detail: 'the server has lost files of its log, which its operator must put back',
  },
};

let folder = '';
let lost: string[] = [];
let progress = NOTHING_SIGNED;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'published-'));
  lost = [];
  progress = { ...NOTHING_SIGNED, size: SIZE, isSealed: true, hasResult: true };
  const note = `${checkpointText({ origin: 'log.test', size: SIZE, root: Buffer.alloc(32) })}\n`;
  for (const name of ['checkpoint', 'seal/checkpoint']) put(name, note);
  for (const name of ['seal/agencies', 'seal/numbers', 'result/agencies']) put(name, name);
  for (const { level, index, width } of newTiles(0, SIZE)) put(tilePath(level, index, width), 'tile');
});
afterEach(async () => {
  await closeDoors();
  rmSync(folder, { recursive: true, force: true });
});

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function remove(name: string): void {
  rmSync(join(folder, name), { recursive: true });
}

function openDoor(): Promise<OpenDoor> {
  const receipts = {
    get progress() {
      return progress;
    },
    receiptOf: () => Promise.resolve(undefined),
  };
  const settings = { logFolder: folder, onLogLost: (file: string) => void lost.push(file) };
  return OpenDoor.open({ lottery: { receipts }, settings });
}

test('what is published is given, and what there never was is not found', async () => {
  const door = await openDoor();
  for (const path of ['/checkpoint', `/${FULL}`, `/${EDGE}`, '/draw/bundle'])
    expect(await door.ask('GET', path)).toMatchObject({ status: 200 });
  for (const path of ['/tile/0/001', '/tile/0/001.p/3', '/tile/0/002', '/tile/2/000', '/tile/x'])
    expect(await door.ask('GET', path)).toMatchObject({ status: 404 });
  expect(lost).toEqual([]);
});

test('once the folder is lost, nothing in it is said never to have been there', async () => {
  const door = await openDoor();
  remove('.');
  for (const path of ['/checkpoint', `/${FULL}`, `/${EDGE}`, '/draw/bundle'])
    expect(await door.ask('GET', path)).toMatchObject(LOST);
  expect(await door.ask('GET', '/tile/0/002')).toMatchObject({ status: 404 });
  expect(lost).toEqual(['checkpoint', FULL, EDGE, 'seal/checkpoint']);
});

test.each([FULL, EDGE, 'seal/numbers', 'result/agencies'])(
  'a bundle breaks off at %s, which is lost',
  async (name) => {
    const door = await openDoor();
    remove(name);
    await expect(door.ask('GET', '/draw/bundle')).rejects.toThrow('aborted');
    expect(lost).toEqual([name]);
  },
);

test('a tile that has become full since is not lost', async () => {
  const door = await openDoor();
  remove('tile/0/001.p');
  put('tile/0/001', 'tile');
  expect(await door.ask('GET', `/${EDGE}`)).toMatchObject({ status: 404 });
  expect(lost).toEqual([]);
});

test('before anything is published nothing is lost', async () => {
  progress = NOTHING_SIGNED;
  const door = await openDoor();
  remove('.');
  expect(await door.ask('GET', '/checkpoint')).toMatchObject({ status: 404 });
  expect(await door.ask('GET', '/draw/bundle')).toMatchObject({
    status: 404,
    json: { detail: 'the sale is not sealed yet' },
  });
  expect(lost).toEqual([]);
});
