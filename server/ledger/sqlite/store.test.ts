import fs, { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { ConfigurationError, OperationError } from '../../../program/exit';
import { batchOf } from '../../testing/bets';
import { COMPLETE } from '../draw';
import { FolderLock } from './folder_lock';
import { SCHEMA_VERSION } from './schema';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { appendParcel, commitParcel, execute, query, TERMS } from './testing/open_store';

let folder = '';
let store: Store;

beforeEach(() => {
  folder = newFolder();
  store = Store.open(folder, TERMS);
});
afterEach(() => store.close());
afterAll(removeFolders);

function openAgain(): void {
  store.close();
  store = Store.open(folder, TERMS);
}

/** What is stored, as any SQL tool sees it. */
const rows = (): unknown[] => query(folder, 'SELECT * FROM bets ORDER BY agency, bet_id');
const count = (table: string): number =>
  query<{ count: number }>(folder, `SELECT count(*) AS count FROM ${table}`)[0]!.count;

describe('a transaction', () => {
  test('that is not committed leaves nothing', () => {
    commitParcel(store, [batchOf(1, 1)]);
    store.begin();
    expect(appendParcel(store, [batchOf(1, 2), batchOf(2, 1)])).toEqual(['stored', 'stored']);
    store.finish(1);
    store.closeSale('draw');
    store.recordDraw({ ...COMPLETE, winnerNumber: 7574, winners: new Map([[1, '1']]), bets: 1 });
    openAgain();
    expect(store.state).toEqual({
      finishedAgencies: new Set(),
      firstFinishedAtMs: undefined,
      closedWith: undefined,
      draw: undefined,
      batches: 1,
      bets: 1,
      sums: new Map([[1, { batches: 1, bets: 1 }]]),
    });
    expect(store.standing(1)).toMatchObject({ lastBatchId: 1, bets: 1 });
    expect(['batches', 'segments', 'finished_agencies', 'winners', 'draws'].map(count)).toEqual([
      1, 1, 0, 0, 0,
    ]);
    expect(commitParcel(store, [batchOf(1, 2)])).toEqual(['stored']);
  });

  test('that is committed is there for others at once', () => {
    commitParcel(store, [batchOf(1, 1)]);
    expect(rows()).toHaveLength(1);
  });

  test('is synced at each commit', () => {
    const database = new SqliteDatabase(join(folder, LEDGER_FILE));
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  });
});

describe('a parcel of which some batches are not stored', () => {
  test('stores the others, and nothing else', () => {
    commitParcel(store, [batchOf(1, 1, [{ id: 1 }]), batchOf(2, 1, [{ id: 1 }])]);
    const outcomes = commitParcel(store, [
      batchOf(1, 1, [{ id: 1 }]),
      batchOf(1, 2, [{ id: 2 }, { id: 3 }]),
      batchOf(2, 1, [{ id: 99 }]),
      batchOf(1, 2, [{ id: 2 }, { id: 3 }]),
      batchOf(1, 3, [{ id: 4 }]),
      batchOf(1, 3, [{ id: 5 }]),
    ]);
    expect(outcomes).toEqual([
      'already-stored',
      'stored',
      'conflict',
      'already-stored',
      'stored',
      'conflict',
    ]);
    const ids = query(folder, 'SELECT agency, bet_id FROM bets ORDER BY agency, bet_id');
    expect(ids).toEqual([
      ...[1, 2, 3, 4].map((betId) => ({ agency: 1, bet_id: betId })),
      { agency: 2, bet_id: 1 },
    ]);
    openAgain();
    expect(commitParcel(store, [batchOf(1, 3, [{ id: 4 }]), batchOf(1, 2, [{ id: 2 }, { id: 3 }])])).toEqual([
      'already-stored',
      'already-stored',
    ]);
  });

  test('of which none is stored writes no segment', () => {
    commitParcel(store, [batchOf(1, 1)]);
    commitParcel(store, [batchOf(1, 1), batchOf(1, 1, [{ id: 9 }])]);
    expect(count('segments')).toBe(1);
  });

  test('keeps where each batch lies', () => {
    commitParcel(store, [batchOf(1, 1), batchOf(2, 1), batchOf(3, 1)]);
    commitParcel(store, [
      batchOf(2, 1),
      batchOf(2, 2, [{ id: 7 }]),
      batchOf(3, 1),
      batchOf(3, 2, [{ id: 8 }]),
    ]);
    const wrong = query(
      folder,
      `SELECT * FROM batches JOIN segments ON segment = sequence
       WHERE CAST(substr(text, byte_offset + 1, byte_length) AS TEXT) NOT LIKE agency || ',' || last_bet_id || ',%'`,
    );
    expect(wrong).toEqual([]);
  });
});

describe('the draw', () => {
  test('and its order are kept', () => {
    const draw = {
      winnerNumber: TERMS.winnerNumber,
      missingAgencies: [2],
      isCalledOff: false,
      winners: new Map([
        [3, '1,1,2'],
        [1, '7'],
      ]),
      bets: 0,
    };
    store.begin();
    store.closeSale('draw');
    store.recordDraw(draw);
    store.commit();
    expect(store.state.draw).toEqual(draw);
    openAgain();
    expect(store.state.draw).toEqual(draw);
    expect(commitParcel(store, [batchOf(1, 1)])).toEqual(['closed']);
  });

  test('of other bets than are here is damage', () => {
    store.begin();
    store.recordDraw({ ...COMPLETE, winnerNumber: 7574, winners: new Map(), bets: 12 });
    store.commit();
    expect(openAgain).toThrow(/not as many bets as were in the draw/);
    store = Store.open(newFolder(), TERMS);
  });

  test('cannot be stored twice', () => {
    store.begin();
    store.recordDraw({ ...COMPLETE, winnerNumber: 7574, winners: new Map(), bets: 0 });
    const other = { ...COMPLETE, winnerNumber: 7574, winners: new Map([[1, '1']]), bets: 0 };
    expect(store.recordDraw(other)).toMatchObject({ winners: new Map() });
  });
});

test('finish is idempotent and kept', () => {
  store.begin();
  store.finish(2);
  store.finish(2);
  store.commit();
  openAgain();
  expect(store.state.finishedAgencies).toEqual(new Set([2]));
  expect(commitParcel(store, [batchOf(2, 1), batchOf(1, 1)])).toEqual(['closed', 'stored']);
});

describe('open', () => {
  test.each([
    ['agencies', { ...TERMS, agencies: 5 }, /AGENCIES 3 .* 7574, configured are 5 and 7574/],
    [
      'winner number',
      { ...TERMS, winnerNumber: 8 },
      /7574, configured are 3 and 8: take another DATA_DIR .* LOTTERY_NAME, .* down --volumes`$/,
    ],
  ])('refuses another number of %s', (_, terms, message) => {
    expect(() => Store.open(folder, terms)).toThrow(ConfigurationError);
    expect(() => Store.open(folder, terms)).toThrow(message);
  });

  test('takes an empty file for a new ledger', () => {
    const other = newFolder();
    writeFileSync(join(other, LEDGER_FILE), '');
    const opened = Store.open(other, TERMS);
    expect(opened.state.batches).toBe(0);
    opened.close();
  });

  test.each([
    ['is missing', undefined],
    ['is empty', ''],
  ])('misses a ledger that was made before and %s', (_, content) => {
    const other = newFolder();
    const file = join(other, LEDGER_FILE);
    if (content !== undefined) writeFileSync(file, content);
    // What it held may still be in its log, which SQLite would remove.
    writeFileSync(`${file}-wal`, 'the log');
    expect(() => Store.open(other, TERMS, false)).toThrow(`${file}: the ledger that was made here is gone`);
    expect(readFileSync(`${file}-wal`, 'utf8')).toBe('the log');
  });

  test('misses a ledger in whose place lies an empty database', () => {
    const other = newFolder();
    execute(other, 'VACUUM; CREATE TABLE t (x); DROP TABLE t');
    expect(() => Store.open(other, TERMS, false)).toThrow(/is gone/);
  });

  test.each([
    ['of an earlier version', 'PRAGMA user_version = 1'],
    ['of a later version', `PRAGMA user_version = ${SCHEMA_VERSION + 1}`],
    ['of another program', 'PRAGMA application_id = 1'],
    ['without its terms', 'DELETE FROM lottery'],
    ['whose terms were changed', 'UPDATE lottery SET agencies = 5'],
    ['whose FIN was changed', 'INSERT INTO finished_agencies VALUES (1, 0, 0, 0)'],
  ])('refuses a ledger %s', (_, change) => {
    store.close();
    execute(folder, change);
    expect(() => (store = Store.open(folder, TERMS))).toThrow(OperationError);
    expect(() => (store = Store.open(folder, TERMS))).toThrow(/ledger/);
  });

  test('refuses a file that was cut off', () => {
    const text = 'x'.repeat(100);
    commitParcel(store, [
      batchOf(
        1,
        1,
        Array.from({ length: 2_000 }, (_, index) => ({ id: index + 1, firstName: text })),
      ),
    ]);
    store.close();
    const file = join(folder, LEDGER_FILE);
    truncateSync(file, statSync(file).size - 1);
    expect(() => (store = Store.open(folder, TERMS))).toThrow(
      `${file}: the ledger is damaged: it was cut off`,
    );
  });

  test('refuses a file whose header allows only reading', () => {
    store.close();
    const bytes = readFileSync(join(folder, LEDGER_FILE));
    const writeVersionOffset = 18;
    bytes[writeVersionOffset] = 9;
    writeFileSync(join(folder, LEDGER_FILE), bytes);
    expect(() => (store = Store.open(folder, TERMS))).toThrow(/readonly/);
  });

  const otherDatabase = (): string => {
    const other = newFolder();
    execute(other, 'CREATE TABLE notes (text)');
    return other;
  };

  test("refuses another program's database", () => {
    expect(() => Store.open(otherDatabase(), TERMS)).toThrow(/is no lottery ledger/);
  });

  test("leaves another program's database as it was", () => {
    const other = otherDatabase();
    const before = readFileSync(join(other, LEDGER_FILE));
    expect(() => Store.open(other, TERMS)).toThrow(OperationError);
    expect(readFileSync(join(other, LEDGER_FILE)).equals(before)).toBe(true);
  });

  const noDatabase = (): string => {
    const other = newFolder();
    writeFileSync(join(other, LEDGER_FILE), 'not a database '.repeat(1_000));
    return other;
  };

  test('refuses what is no database', () => {
    expect(() => Store.open(noDatabase(), TERMS)).toThrow(/not a database/);
  });

  test('names the file that is no database', () => {
    const other = noDatabase();
    expect(() => Store.open(other, TERMS)).toThrow(join(other, LEDGER_FILE));
  });

  describe('makes a new folder durable', () => {
    /** The folders that are synced by a call. */
    function syncedBy(call: () => void): string[] {
      const opened = jest.spyOn(fs, 'openSync');
      try {
        call();
        // What is opened to be made is no folder.
        return opened.mock.calls.filter(([, flags]) => flags === 'r').map(([path]) => String(path));
      } finally {
        opened.mockRestore();
      }
    }

    test('with those around it that it made', () => {
      const parent = newFolder();
      const synced = syncedBy(() => Store.open(join(parent, 'a', 'b'), TERMS).close());
      expect(synced).toEqual([join(parent, 'a', 'b'), join(parent, 'a'), parent]);
    });

    test('as the writer thread opens it', () => {
      const parent = newFolder();
      const synced = syncedBy(() => {
        const lock = FolderLock.take(join(parent, 'a', 'b'));
        Store.open(join(parent, 'a', 'b'), TERMS).close();
        lock.release();
      });
      expect(synced).toEqual(expect.arrayContaining([join(parent, 'a'), parent]));
    });

    test('but syncs only the folder itself when it was there', () => {
      const there = join(newFolder(), 'there');
      mkdirSync(there);
      expect(syncedBy(() => Store.open(there, TERMS).close())).toEqual([there]);
    });
  });
});

test('its files are for their owner alone, the log and its index included', () => {
  const folder = join(newFolder(), 'ledger');
  const store = Store.open(folder, TERMS);
  const files = readdirSync(folder).sort();
  expect(files).toEqual(['lottery.db', 'lottery.db-shm', 'lottery.db-wal']);
  for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  store.close();
});
