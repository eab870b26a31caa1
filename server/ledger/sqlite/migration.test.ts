import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { rowChecksum } from './checksums';
import { scanForWinners } from './draw_scan';
import { SCHEMA_VERSION } from './schema';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { commitParcel, execute, query, TERMS } from './testing/open_store';
import { batchOf } from '../../testing/bets';

afterAll(removeFolders);

/** What version 5 added is not there. */
const VERSION_4 = `
DROP TABLE notes;
PRAGMA user_version = 4;
`;

/** The table of version 3 that version 4 changed, as version 3 made it. */
const VERSION_3 = `${VERSION_4}
CREATE TEMP TABLE kept AS SELECT * FROM batches;
DROP TABLE batches;
CREATE TABLE batches (
  agency INTEGER NOT NULL,
  batch_id INTEGER NOT NULL,
  segment INTEGER NOT NULL REFERENCES segments (sequence),
  byte_offset INTEGER NOT NULL,
  byte_length INTEGER NOT NULL,
  bets INTEGER NOT NULL,
  last_bet_id INTEGER NOT NULL,
  PRIMARY KEY (agency, batch_id)
) WITHOUT ROWID;
INSERT INTO batches SELECT agency, batch_id, segment, byte_offset, byte_length, bets, last_bet_id FROM kept;
PRAGMA user_version = 3;
`;

/** The tables of version 2 that version 3 changed, as version 2 made them. */
const VERSION_2 = `${VERSION_3}
DROP TABLE lottery;
CREATE TABLE lottery (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  agencies INTEGER NOT NULL,
  winner_number INTEGER NOT NULL,
  sale_closed INTEGER NOT NULL,
  checksum INTEGER NOT NULL
);
DROP TABLE draws;
CREATE TABLE draws (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  bets INTEGER NOT NULL,
  missing_agencies TEXT NOT NULL,
  is_called_off INTEGER NOT NULL,
  drawn_at TEXT NOT NULL,
  checksum INTEGER NOT NULL
);
PRAGMA user_version = 2;
`;
const DRAWN_AT = '2026-01-01T00:00:00.000Z';

interface Version2 {
  readonly finished: readonly number[];
  readonly isSaleClosed?: boolean;
  readonly draw?: { readonly missing: string; readonly isCalledOff: 0 | 1 };
}

/** A ledger of version 2 with one batch. */
function makeVersion2({ finished, isSaleClosed = false, draw }: Version2): string {
  const folder = newFolder();
  const store = Store.open(folder, TERMS);
  commitParcel(store, [batchOf(1, 1)]);
  store.begin();
  for (const agency of finished) store.finish(agency);
  store.commit();
  store.close();
  const { agencies, winnerNumber } = TERMS;
  const closed = isSaleClosed || draw !== undefined ? 1 : 0;
  const checksum = rowChecksum(agencies, winnerNumber, closed);
  let rows = `INSERT INTO lottery VALUES (1, ${agencies}, ${winnerNumber}, ${closed}, ${checksum});`;
  if (draw !== undefined) {
    const { missing, isCalledOff } = draw;
    const bets = isCalledOff === 1 ? 0 : 1;
    const drawChecksum = rowChecksum(bets, missing, isCalledOff, DRAWN_AT, 0);
    rows += `INSERT INTO draws VALUES (1, ${bets}, '${missing}', ${isCalledOff}, '${DRAWN_AT}', ${drawChecksum});`;
  }
  execute(folder, VERSION_2 + rows);
  return folder;
}

function stateOf(folder: string): unknown {
  const store = Store.open(folder, TERMS);
  try {
    return store.state;
  } finally {
    store.close();
  }
}

const COMPLETE = { missingAgencies: [], isCalledOff: false };
const OPEN = { closedWith: undefined, draw: undefined };
const DRAWN = { winnerNumber: TERMS.winnerNumber, winners: new Map(), bets: 1 };
const CALLED_OFF = { winnerNumber: undefined, winners: new Map(), bets: 0 };

test.each([
  ['whose sale is open', { finished: [2] }, OPEN],
  [
    'whose sale was closed by the last FIN',
    { finished: [1, 2, 3], isSaleClosed: true },
    { closedWith: COMPLETE, draw: undefined },
  ],
  [
    'that is drawn',
    { finished: [1, 2, 3], draw: { missing: '', isCalledOff: 0 } },
    { closedWith: COMPLETE, draw: { ...COMPLETE, ...DRAWN } },
  ],
  [
    'that is drawn without all',
    { finished: [1], draw: { missing: '2,3', isCalledOff: 0 } },
    {
      closedWith: { missingAgencies: [2, 3], isCalledOff: false },
      draw: { missingAgencies: [2, 3], isCalledOff: false, ...DRAWN },
    },
  ],
  [
    'that was called off',
    { finished: [1], draw: { missing: '2,3', isCalledOff: 1 } },
    {
      closedWith: { missingAgencies: [2, 3], isCalledOff: true },
      draw: { missingAgencies: [2, 3], isCalledOff: true, ...CALLED_OFF },
    },
  ],
] as const)('a ledger of version 2 %s is brought up to date', (_, made, expected) => {
  const folder = makeVersion2(made);
  const state = {
    finishedAgencies: new Set(made.finished),
    batches: 1,
    bets: 1,
    sums: new Map([[1, { batches: 1, bets: 1 }]]),
    ...expected,
  };
  expect(stateOf(folder)).toMatchObject(state);
  // Once only, and for good.
  expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: SCHEMA_VERSION }]);
  expect(stateOf(folder)).toMatchObject(state);
});

test('a draw keeps its time', () => {
  const folder = makeVersion2({ finished: [1, 2, 3], draw: { missing: '', isCalledOff: 0 } });
  stateOf(folder);
  expect(query(folder, 'SELECT drawn_at, winner_number FROM draws')).toEqual([
    { drawn_at: DRAWN_AT, winner_number: TERMS.winnerNumber },
  ]);
});

test('a sale that was closed at a deadline and not drawn is refused, and left as it is', () => {
  const folder = makeVersion2({ finished: [1], isSaleClosed: true });
  for (let time = 0; time < 2; time++) {
    expect(() => stateOf(folder)).toThrow(/closed at a deadline .* hold it with the version that closed/);
  }
  expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: 2 }]);
});

test('a ledger of version 2 that is damaged is refused', () => {
  const folder = makeVersion2({ finished: [1] });
  execute(folder, 'UPDATE lottery SET agencies = 4');
  expect(() => stateOf(folder)).toThrow(/damaged: the table lottery/);
});

test('the batches of version 3 get the check values that they would have had', () => {
  const folder = newFolder();
  const store = Store.open(folder, TERMS);
  commitParcel(store, [batchOf(1, 1), batchOf(2, 1, [{ id: 1 }, { id: 2 }]), batchOf(1, 2, [{ id: 2 }])]);
  commitParcel(store, [batchOf(2, 2, [{ id: 3, number: TERMS.winnerNumber }])]);
  store.close();
  const rows = query(folder, 'SELECT * FROM batches');
  execute(folder, VERSION_3);
  expect(stateOf(folder)).toMatchObject({ batches: 4, bets: 5 });
  expect(query(folder, 'SELECT * FROM batches')).toEqual(rows);
  const database = new SqliteDatabase(join(folder, LEDGER_FILE), { readonly: true });
  expect(scanForWinners(database, TERMS.winnerNumber).bets).toBe(5);
  database.close();
});

test('a ledger of version 4 takes notes once it is brought up to date', () => {
  const folder = newFolder();
  const made = Store.open(folder, TERMS);
  commitParcel(made, [batchOf(1, 1)]);
  made.close();
  execute(folder, VERSION_4);
  const store = Store.open(folder, TERMS);
  expect(store.state).toMatchObject({ batches: 1, bets: 1 });
  const note = { name: 'n', value: Buffer.from('value'), flags: 7 };
  store.begin();
  store.notes.put(1, [note], undefined, { sequence: store.openSegment, position: 0 });
  store.commit();
  store.close();
  expect(query(folder, 'PRAGMA user_version')).toEqual([{ user_version: SCHEMA_VERSION }]);
  const opened = Store.open(folder, TERMS);
  expect(opened.notes.get(1, 'n')).toMatchObject({ value: note.value, flags: 7 });
  opened.close();
});

test('a batch of version 3 that lies in no segment is damage', () => {
  const folder = newFolder();
  const store = Store.open(folder, TERMS);
  commitParcel(store, [batchOf(1, 1)]);
  store.close();
  execute(folder, `${VERSION_3} UPDATE batches SET segment = 9;`);
  expect(() => stateOf(folder)).toThrow(/damaged: a batch without its segment/);
});
