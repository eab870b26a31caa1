import { cpSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { MAX_NOTES, NoteCondition } from '../note';
import type { LogPlace } from '../log_place';
import { SqliteAuditReader } from './audit_reader';
import { storedNotes } from './notes_table';
import { openStore } from './open_store';
import { ReadPostponed } from './read_budget';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { execute, query, TERMS } from './testing/open_store';

const MEBIBYTE = 1024 * 1024;
const DAMAGED = 'the ledger is damaged: the table notes is not what was stored';

let folder = '';
let store: Store;

beforeEach(() => {
  folder = newFolder();
  store = Store.open(folder, TERMS);
});
afterEach(() => store.close());
afterAll(removeFolders);

/** Writes notes as one segment with a line, within a transaction. */
function put(owner: number, values: Record<string, string | Buffer>, condition?: NoteCondition): unknown {
  store.beginSegment(Buffer.alloc(0));
  const place: LogPlace = { sequence: store.openSegment, position: 0 };
  const notes = Object.entries(values).map(([name, value]) => ({
    name,
    value: Buffer.from(value as string),
    flags: 0,
  }));
  const { outcome } = store.notes.put(owner, notes, condition, place);
  store.endSegment('a line\n');
  return outcome;
}

function commit(write: () => void): void {
  store.begin();
  write();
  store.commit();
}

function openAgain(): void {
  store.close();
  store = Store.open(folder, TERMS);
}

const textOf = (owner: number, name: string): string | undefined =>
  store.notes.get(owner, name)?.value.toString();

test('a note that is not what was stored is never told, counted or written under a condition', () => {
  const changes = [
    `UPDATE notes SET value = CAST('8' AS BLOB)`,
    `UPDATE notes SET value = CAST('77' AS BLOB)`,
    'UPDATE notes SET flags = 1',
    'UPDATE notes SET position = position + 1',
    'UPDATE notes SET segment = segment + 1',
    'UPDATE notes SET value_check = value_check + 1',
    'UPDATE notes SET checksum = checksum + 1',
    `UPDATE notes SET value = '7'`,
  ];
  commit(() => put(1, { n: '7' }));
  for (const change of changes) {
    commit(() => {
      store.notes.delete(1, 'n', undefined);
      put(1, { n: '7' });
    });
    execute(folder, change);
    store.begin();
    expect(() => store.notes.get(1, 'n')).toThrow(DAMAGED);
    expect(() => store.notes.count(1, 'n', 1n, true, { sequence: 9, position: 0 })).toThrow(DAMAGED);
    store.commit();
    const database = new SqliteDatabase(join(folder, LEDGER_FILE));
    expect(() => [...storedNotes(database)]).toThrow(DAMAGED);
    database.close();
    execute(folder, 'DELETE FROM notes');
    openAgain();
  }
});

test('what is damaged beside the value is found without reading it', () => {
  commit(() => put(1, { n: '7' }));
  execute(folder, 'UPDATE notes SET segment = 4');
  store.begin();
  expect(() => store.notes.list(1, '', 10)).toThrow(DAMAGED);
  expect(() => put(1, { n: '8' }, { sequence: 4, position: 0 })).toThrow(DAMAGED);
  store.commit();
});

test('a damaged note is no reason not to open the ledger', () => {
  commit(() => put(1, { n: '7', whole: '8' }));
  execute(folder, `UPDATE notes SET flags = 1 WHERE name = 'n'`);
  openAgain();
  store.begin();
  expect(textOf(1, 'whole')).toBe('8');
  store.commit();
});

describe('what an owner has', () => {
  const fill = (): void => {
    const values = Object.fromEntries(Array.from({ length: MAX_NOTES }, (_, index) => [`n${index}`, 'v']));
    commit(() => expect(put(2, values)).toBe('stored'));
  };

  test('is known again when the ledger is opened again', () => {
    fill();
    openAgain();
    commit(() => {
      expect(put(2, { more: '' })).toBe('full');
      expect(store.notes.delete(2, 'n1', undefined)).toBe('deleted');
      expect(put(2, { more: '' })).toBe('stored');
      expect(put(2, { again: '' })).toBe('full');
    });
  });

  test('is what was committed, after a commit that failed', () => {
    store.begin();
    put(2, { a: '1' });
    openAgain();
    fill();
    store.begin();
    expect(textOf(2, 'a')).toBeUndefined();
    store.commit();
  });
});

describe('what is read is bounded', () => {
  const large = Buffer.alloc(MEBIBYTE, 'v');
  beforeEach(() => commit(() => put(1, { a: large, b: large, n: '7', long: '1'.repeat(21) })));

  test('values, and lists', () => {
    store.begin();
    expect(store.notes.get(1, 'a')?.value.equals(large)).toBe(true);
    expect(() => store.notes.get(1, 'b')).toThrow(ReadPostponed);
    expect(() => store.notes.list(1, '', 10)).toThrow(ReadPostponed);
    store.budget.beginOperation(true);
    expect(store.notes.get(1, 'b')?.value).toHaveLength(MEBIBYTE);
    store.commit();
  });

  test('by none that writes, whatever it finds', () => {
    const spend = jest.spyOn(store.budget, 'spend');
    commit(() => {
      const place = { sequence: store.openSegment, position: 0 };
      expect(store.notes.count(1, 'a', 1n, true, place)).toEqual({ outcome: 'no-number' });
      expect(store.notes.count(1, 'long', 1n, true, place)).toEqual({ outcome: 'no-number' });
      expect(store.notes.count(1, 'n', 1n, true, place)).toMatchObject({ number: 8n });
      expect(put(1, { a: '', b: 'b' })).toBe('stored');
      expect(store.notes.delete(1, 'b', 'present')).toBe('deleted');
    });
    expect(spend).not.toHaveBeenCalled();
  });
});

test('a server that is killed finds its notes, also those whose pages were freed in their own commit', () => {
  commit(() => put(1, { kept: Buffer.alloc(MEBIBYTE, 'k') }));
  store.moveLog();
  commit(() => {
    put(1, { gone: Buffer.alloc(3 * MEBIBYTE, 'g') });
    store.notes.delete(1, 'gone', undefined);
  });
  commit(() => put(1, { kept: 'short', other: Buffer.alloc(MEBIBYTE, 'o') }));
  const killed = newFolder();
  for (const name of [LEDGER_FILE, `${LEDGER_FILE}-wal`]) cpSync(join(folder, name), join(killed, name));
  const opened = openStore({ folder: killed, terms: TERMS, mayCreate: false, committedFrames: undefined });
  opened.begin();
  expect(opened.notes.list(1, '', 10)).toMatchObject([
    { name: 'kept', bytes: 5 },
    { name: 'other', bytes: MEBIBYTE },
  ]);
  opened.commit();
  opened.close();
  expect(query(killed, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});

test('the audit sees each note, and the segment that it was written in last', async () => {
  commit(() => {
    put(0, { a: '1', b: '2' });
    put(3, { a: '3' });
    put(0, { b: '4' });
  });
  const reader = new SqliteAuditReader(folder);
  const notes = [...(await reader.snapshot()).notes()];
  await reader.close();
  expect(notes).toHaveLength(3);
  expect(notes).toEqual(
    expect.arrayContaining([
      { owner: 0, name: 'a', segment: 1 },
      { owner: 0, name: 'b', segment: 3 },
      { owner: 3, name: 'a', segment: 2 },
    ]),
  );
});
