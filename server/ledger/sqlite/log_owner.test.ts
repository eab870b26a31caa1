import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import type { CheckedBatch } from '../../../protocol/checked_batch';
import { batchOf } from '../../testing/bets';
import { openStore } from './open_store';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { commitParcel, TERMS } from './testing/open_store';

afterAll(removeFolders);

const LOG = `${LEDGER_FILE}-wal`;
const LARGE = 2_000;

/** A folder as a server leaves it that was killed, and a copy of its ledger that was made before. */
interface Killed {
  readonly folder: string;
  readonly copy: string;
}

/** Plays a server that is killed: `before` is stored before the copy is made, `after` after it. */
async function kill(
  before: readonly CheckedBatch[],
  after: readonly CheckedBatch[],
  moves = false,
): Promise<Killed> {
  const folder = newFolder();
  let store = Store.open(folder, TERMS);
  for (const batch of before) commitParcel(store, [batch]);
  const copy = join(newFolder(), 'copy.db');
  const source = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  await source.backup(copy);
  source.close();
  const [first, ...rest] = after;
  if (first !== undefined) commitParcel(store, [first]);
  if (moves) {
    // The log is begun anew, as after a stop.
    store.close();
    store = Store.open(folder, TERMS);
  }
  for (const batch of rest) commitParcel(store, [batch]);
  const killed = newFolder();
  cpSync(folder, killed, { recursive: true });
  store.close();
  return { folder: killed, copy };
}

const open = (folder: string): Store =>
  openStore({ folder, terms: TERMS, mayCreate: false, committedFrames: undefined });

/** Puts a copy beside the log of a folder. */
function putBeside({ folder }: Pick<Killed, 'folder'>, { copy }: Pick<Killed, 'copy'>): string {
  const mixed = newFolder();
  copyFileSync(copy, join(mixed, LEDGER_FILE));
  copyFileSync(join(folder, LOG), join(mixed, LOG));
  return mixed;
}

function refusal(folder: string): string {
  const bytes = readFileSync(join(folder, LEDGER_FILE));
  try {
    open(folder).close();
  } catch (error) {
    expect(error).toBeInstanceOf(OperationError);
    // The copy is left as it was.
    expect(readFileSync(join(folder, LEDGER_FILE)).equals(bytes)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    return (error as Error).message;
  }
  throw new Error('it was opened');
}

const made = (count: number): { id: number }[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1 }));

const batches = (agency: number, first: number, count: number, bets = 3): CheckedBatch[] =>
  Array.from({ length: count }, (_, index) => batchOf(agency, first + index, made(bets)));

test('a ledger with its own log is opened, however much of it was moved', async () => {
  for (const moves of [false, true]) {
    const { folder } = await kill(batches(1, 1, 3), batches(2, 1, 3), moves);
    expect(statSync(join(folder, LOG)).size).toBeGreaterThan(0);
    const store = open(folder);
    expect(store.state.batches).toBe(6);
    store.close();
  }
});

test('a copy beside the log that holds all since it was made is the whole ledger', async () => {
  const killed = await kill(batches(1, 1, 3), batches(2, 1, 3));
  const store = open(putBeside(killed, killed));
  expect(store.state.batches).toBe(6);
  store.close();
});

test.each([
  ['of the same length', batches(2, 1, 4)],
  ['that is longer', batches(2, 1, 40, LARGE)],
  ['that is shorter', batches(2, 1, 1)],
])('a copy beside the log of another ledger %s is refused', async (_, others) => {
  const mine = await kill(batches(1, 1, 4), []);
  const other = await kill(others, []);
  const message = refusal(putBeside(other, mine));
  expect(message).toMatch(/lottery\.db-wal beside it is another ledger's/);
  expect(message).toMatch(/npm run restore -- COPY --into DIR/);
});

test('a long copy beside the log of a short ledger is refused', async () => {
  const mine = await kill(batches(1, 1, 40, LARGE), []);
  const other = await kill(batches(2, 1, 1), []);
  expect(refusal(putBeside(other, mine))).toMatch(/it is of a shorter database/);
});

test('a copy beside a later log of its own ledger, which lacks what came between, is refused', async () => {
  const killed = await kill(batches(1, 1, 3), [batchOf(2, 1, made(LARGE)), ...batches(2, 2, 3)], true);
  expect(refusal(putBeside(killed, killed))).toMatch(/what was stored before the log is missing/);
  expect(existsSync(join(killed.folder, LOG))).toBe(true);
});
