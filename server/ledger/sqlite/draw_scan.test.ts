import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { OperationError } from '../../../program/exit';
import { batchOf, MadeBet } from '../../testing/bets';
import type { FoundWinners } from '../draw';
import { BLOCK_SEGMENTS, joinParts, scanForWinners, scanPart } from './draw_scan';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { appendParcel, commitParcel, execute, TERMS } from './testing/open_store';

let folder = '';
let store: Store;

beforeEach(() => {
  folder = newFolder();
  store = Store.open(folder, TERMS);
});
afterEach(() => store.close());
afterAll(removeFolders);

function scan(): FoundWinners {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  return scanForWinners(database, TERMS.winnerNumber);
}

function scanInParts(parts: number): FoundWinners {
  const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  const indexes = Array.from({ length: parts }, (_, index) => index);
  return joinParts(indexes.map((index) => scanPart(database, TERMS.winnerNumber, { index, parts })));
}

const won = (document: string): MadeBet => ({ document, number: TERMS.winnerNumber });

test('an empty ledger has no winners', () => {
  expect(scan()).toEqual({ winners: new Map(), bets: 0 });
});

test('winners come in the order of batch ids, over segments in any order', () => {
  commitParcel(store, [batchOf(1, 3, [won('3'), {}]), batchOf(2, 1, [won('9')])]);
  commitParcel(store, [batchOf(1, 2, [won('2'), won('2')])]);
  commitParcel(store, [batchOf(1, 2, [won('2'), won('2')]), batchOf(1, 1, [won('1')]), batchOf(3, 1)]);
  expect(scan()).toEqual({
    winners: new Map([
      [1, '1,2,2,3'],
      [2, '9'],
    ]),
    bets: 7,
  });
});

describe('damage is found:', () => {
  beforeEach(() => {
    commitParcel(store, [batchOf(1, 1, [won('1')]), batchOf(1, 2), batchOf(2, 1)]);
    commitParcel(store, [batchOf(1, 3), batchOf(1, 4, [won('4')])]);
    store.begin();
    store.finish(1);
    store.commit();
  });

  /** Every byte of a segment, changed one after the other. */
  test('any changed byte of a segment', () => {
    const database = new SqliteDatabase(join(folder, LEDGER_FILE));
    const row = database.prepare<[], { text: Buffer }>('SELECT text FROM segments WHERE sequence = 1').get();
    const update = database.prepare('UPDATE segments SET text = ? WHERE sequence = 1');
    for (let offset = 0; offset < row!.text.length; offset += 5) {
      const changed = Buffer.from(row!.text);
      changed[offset] = changed[offset]! ^ 1;
      update.run(changed);
      expect(scan).toThrow(OperationError);
      expect(scan).toThrow(/damaged: segment 1/);
    }
    update.run(row!.text);
    expect(scan().bets).toBe(5);
    database.close();
  });

  test.each([
    [
      'a segment cut short',
      'UPDATE segments SET text = substr(text, 1, length(text) - 1) WHERE sequence = 2',
    ],
    ['a segment that is missing', 'DELETE FROM segments WHERE sequence = 1'],
    ['the last segment that is missing', 'DELETE FROM segments WHERE sequence = 2'],
    [
      'the last segment that is missing with its batches, after which an agency has finished',
      'DELETE FROM segments WHERE sequence = 2; DELETE FROM batches WHERE segment = 2',
    ],
    ['the first batch of a segment that is missing', 'DELETE FROM batches WHERE agency = 1 AND batch_id = 1'],
    ['a batch in the middle that is missing', 'DELETE FROM batches WHERE agency = 1 AND batch_id = 2'],
    ['the last batch that is missing', 'DELETE FROM batches WHERE agency = 1 AND batch_id = 4'],
    ['a batch that was moved', 'UPDATE batches SET segment = 1 WHERE agency = 1 AND batch_id = 3'],
    ['a batch that was shortened', 'UPDATE batches SET byte_length = byte_length - 1 WHERE batch_id = 1'],
    [
      'a last batch that reaches beyond its segment',
      'UPDATE batches SET byte_length = 999 WHERE batch_id = 4',
    ],
    ['a batch of another agency', 'UPDATE batches SET agency = 3 WHERE batch_id = 4'],
    ['a batch with another id', 'UPDATE batches SET batch_id = 5 WHERE batch_id = 4'],
    ['another count of bets', 'UPDATE batches SET bets = 2 WHERE batch_id = 4'],
    ['a batch too many', 'INSERT INTO batches VALUES (3, 1, 2, 7, 1, 1, 1, 1)'],
    ['a batch without a segment', 'INSERT INTO batches VALUES (3, 1, 9, 0, 1, 1, 1, 1)'],
    ['another check value', 'UPDATE batches SET payload_check = payload_check + 1 WHERE agency = 1'],
  ])('%s', (_, change) => {
    execute(folder, change);
    expect(scan).toThrow(/damaged/);
    for (const parts of [2, 3]) expect(() => scanInParts(parts)).toThrow(/damaged/);
  });

  test('and the database can be closed then', () => {
    execute(folder, 'UPDATE segments SET checksum = 0 WHERE sequence = 2');
    const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
    expect(() => scanForWinners(database, TERMS.winnerNumber)).toThrow(/damaged/);
    database.close();
  });
});

describe('in parts', () => {
  const SEGMENTS = 4 * BLOCK_SEGMENTS + 3;
  const PARTS = [1, 2, 3, 4, 7];

  beforeEach(() => {
    store.begin();
    for (let batchId = SEGMENTS; batchId > 0; batchId--)
      appendParcel(store, [batchOf(1, batchId, [won(String(batchId)), {}])]);
    store.finish(1);
    store.commit();
  });

  test('the same is found, in the same order', () => {
    const documents = Array.from({ length: SEGMENTS }, (_, index) => index + 1).join(',');
    for (const parts of PARTS)
      expect(scanInParts(parts)).toEqual({ winners: new Map([[1, documents]]), bets: 2 * SEGMENTS });
  });

  test('each bet is read once', () => {
    const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
    const bets = [0, 1].map((index) => scanPart(database, 1, { index, parts: 2 }).bets);
    expect(bets).toEqual([2 * (2 * BLOCK_SEGMENTS + 3), 4 * BLOCK_SEGMENTS]);
  });

  test.each([1, BLOCK_SEGMENTS, BLOCK_SEGMENTS + 1, 3 * BLOCK_SEGMENTS, SEGMENTS])(
    'segment %i that is missing with its batch is missed',
    (segment) => {
      execute(
        folder,
        `DELETE FROM segments WHERE sequence = ${segment}; DELETE FROM batches WHERE segment = ${segment}`,
      );
      for (const parts of PARTS) expect(() => scanInParts(parts)).toThrow(`damaged: segment ${segment}`);
    },
  );

  test('a batch of a segment that cannot be is found', () => {
    execute(folder, 'INSERT INTO batches VALUES (3, 1, -100, 0, 1, 1, 1, 1)');
    for (const parts of PARTS) expect(() => scanInParts(parts)).toThrow(/damaged/);
  });
});
