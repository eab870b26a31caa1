import { crc32 } from 'node:zlib';

import type { Database, Statement } from 'better-sqlite3';

import type { PlacedNote } from '../audit_reader';
import { LedgerDamaged } from '../ledger';
import {
  countedNote,
  CountNoteAnswer,
  DeleteNoteOutcome,
  isWithinBounds,
  ListedNote,
  MAX_NOTE_NUMBER,
  meetsCondition,
  NewNote,
  NoteCondition,
  noteNumber,
  PutNotesAnswer,
  StoredNote,
} from '../note';
import type { LogPlace } from '../log_place';
import { rowChecksum } from './checksums';
import type { ReadBudget } from './read_budget';
import { PAGE_BYTES } from './schema';

/** A row of `notes` without its value. */
interface NoteRow {
  readonly owner: number;
  readonly name: string;
  readonly flags: number;
  readonly segment: number;
  readonly position: number;
  readonly value_check: number;
  readonly checksum: number;
  /** Of the value. */
  readonly bytes: number;
}

/** How many notes an owner has, and the bytes of their names and values. */
interface NoteSums {
  readonly notes: number;
  readonly bytes: number;
}

/** What a listed note counts as, beside the page that it lies on. */
const LISTED_BYTES = 256;
/** No longer value is a number. */
const MAX_NUMBER_BYTES = String(MAX_NOTE_NUMBER).length;
const NOTHING: NoteSums = { notes: 0, bytes: 0 };
/** Of a text of bytes, SQLite knows the length without reading it. */
const COLUMNS = 'owner, name, flags, segment, position, value_check, checksum, length(value) AS bytes';

/**
 * The table `notes`. Each row is held against its checksum when it is looked at, and each value when it is read.
 *
 * What writes stands within a transaction, and in a segment that gets a line for it: that and the place of the operation
 * within it are the note's place. How much each owner has is kept in memory beside the table, from which it is made at
 * the start; after a failed commit it is no longer true.
 *
 * Everything here throws LedgerDamaged where a note is not what was stored.
 */
export class NotesTable {
  readonly #budget: ReadBudget;
  readonly #select: Statement<[number, string], NoteRow>;
  readonly #selectValue: Statement<[number, string], Buffer>;
  readonly #selectAfter: Statement<[number, string, number], NoteRow>;
  readonly #insert: Statement<[number, number, number, number, number, Uint8Array, number, string]>;
  readonly #update: Statement<[number, number, number, number, number, Uint8Array, number, string]>;
  readonly #remove: Statement<[number, string]>;
  readonly #sums: Map<number, NoteSums>;

  /** @param budget asked before a value, or a list, is read */
  constructor(database: Database, budget: ReadBudget) {
    this.#budget = budget;
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM notes WHERE owner = ? AND name = ?`);
    this.#selectValue = database
      .prepare<[number, string], Buffer>('SELECT value FROM notes WHERE owner = ? AND name = ?')
      .pluck();
    this.#selectAfter = database.prepare(
      `SELECT ${COLUMNS} FROM notes WHERE owner = ? AND name > ? ORDER BY name LIMIT ?`,
    );
    this.#insert = database.prepare(
      `INSERT INTO notes (flags, segment, position, value_check, checksum, value, owner, name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = database.prepare(
      `UPDATE notes SET flags = ?, segment = ?, position = ?, value_check = ?, checksum = ?, value = ?
       WHERE owner = ? AND name = ?`,
    );
    this.#remove = database.prepare('DELETE FROM notes WHERE owner = ? AND name = ?');
    this.#sums = readSums(database);
  }

  /** Writes all of the notes, whose names differ, or none. What they replace is not read. */
  put(
    owner: number,
    notes: readonly NewNote[],
    condition: NoteCondition | undefined,
    place: LogPlace,
  ): PutNotesAnswer {
    const rows = notes.map(({ name }) => this.#find(owner, name));
    if (!rows.every((row) => meetsCondition(placeOf(row), condition))) return { outcome: 'not-met' };
    if (!this.#replace(owner, notes, rows, place)) return { outcome: 'full' };
    return { outcome: 'stored', place, areNew: rows.map((row) => row === undefined) };
  }

  /** The note of a name, if there is one. @throws ReadPostponed when the commit has read enough */
  get(owner: number, name: string): StoredNote | undefined {
    const row = this.#find(owner, name);
    if (row === undefined) return undefined;
    this.#budget.spend(row.bytes);
    // Not from the pool: the memory goes to another thread.
    const value = Buffer.from(new Uint8Array(this.#valueOf(row)).buffer);
    return { value, flags: row.flags, place: { sequence: row.segment, position: row.position } };
  }

  /** Removes a note. */
  delete(owner: number, name: string, condition: NoteCondition | undefined): DeleteNoteOutcome {
    const row = this.#find(owner, name);
    if (!meetsCondition(placeOf(row), condition)) return 'not-met';
    if (row === undefined) return 'missing';
    this.#remove.run(owner, name);
    const { notes, bytes } = this.#sumsOf(owner);
    this.#sums.set(owner, { notes: notes - 1, bytes: bytes - name.length - row.bytes });
    return 'deleted';
  }

  /**
   * The notes whose names are after `after`, in the order of their bytes, at most `limit`.
   *
   * @throws ReadPostponed when the commit has read enough
   */
  list(owner: number, after: string, limit: number): ListedNote[] {
    const { notes, bytes } = this.#sumsOf(owner);
    const listed = Math.min(limit, notes);
    // Their pages are read, with the values that fit on them.
    this.#budget.spend(listed * LISTED_BYTES + Math.min(listed * PAGE_BYTES, bytes));
    return this.#selectAfter.all(owner, after, listed).map((row) => {
      requireWhole(row);
      return { name: row.name, bytes: row.bytes, place: { sequence: row.segment, position: row.position } };
    });
  }

  /** Adds to the number that a note is. */
  count(owner: number, name: string, by: bigint, mayCreate: boolean, place: LogPlace): CountNoteAnswer {
    const row = this.#find(owner, name);
    if (row === undefined && !mayCreate) return { outcome: 'missing' };
    const number = row === undefined ? 0n : this.#numberOf(row);
    const counted = number === undefined ? undefined : countedNote(number, by);
    if (counted === undefined) return { outcome: 'no-number' };
    const note = { name, value: Buffer.from(String(counted)), flags: row?.flags ?? 0 };
    if (!this.#replace(owner, [note], [row], place)) return { outcome: 'full' };
    return { outcome: 'stored', place, number: counted, isNew: row === undefined };
  }

  #find(owner: number, name: string): NoteRow | undefined {
    const row = this.#select.get(owner, name);
    if (row !== undefined) requireWhole(row);
    return row;
  }

  #valueOf(row: NoteRow): Buffer {
    const value = this.#selectValue.get(row.owner, row.name);
    return requireValue(row, value);
  }

  #numberOf(row: NoteRow): bigint | undefined {
    return row.bytes > MAX_NUMBER_BYTES ? undefined : noteNumber(this.#valueOf(row));
  }

  /** @param rows what is stored under the names of the notes @returns false when the owner has no room for them */
  #replace(
    owner: number,
    notes: readonly NewNote[],
    rows: readonly (NoteRow | undefined)[],
    place: LogPlace,
  ): boolean {
    const sums = notes.reduce((sum, note, index) => sumsWith(sum, note, rows[index]), this.#sumsOf(owner));
    if (!isWithinBounds(sums.notes, sums.bytes)) return false;
    for (const [index, note] of notes.entries()) this.#write(owner, note, place, rows[index] === undefined);
    this.#sums.set(owner, sums);
    return true;
  }

  #write(owner: number, { name, value, flags }: NewNote, place: LogPlace, isNew: boolean): void {
    const { sequence: segment, position } = place;
    const check = crc32(value);
    const row = { owner, name, flags, segment, position, value_check: check, bytes: value.length };
    const statement = isNew ? this.#insert : this.#update;
    statement.run(flags, segment, position, check, noteChecksum(row), value, owner, name);
  }

  #sumsOf(owner: number): NoteSums {
    return this.#sums.get(owner) ?? NOTHING;
  }
}

/**
 * All notes, in no order, each held against its checksums.
 *
 * @throws LedgerDamaged
 */
export function* storedNotes(database: Database): Generator<PlacedNote> {
  const rows = database.prepare<[], NoteRow & { value: Buffer }>(`SELECT ${COLUMNS}, value FROM notes`);
  for (const row of rows.iterate()) {
    requireWhole(row);
    requireValue(row, row.value);
    yield { owner: row.owner, name: row.name, segment: row.segment };
  }
}

/** Row by row: to group them, SQLite might sort them with their values. */
function readSums(database: Database): Map<number, NoteSums> {
  const sums = new Map<number, NoteSums>();
  const rows = database.prepare<[], { owner: number; bytes: number }>(
    'SELECT owner, length(name) + length(value) AS bytes FROM notes',
  );
  for (const { owner, bytes } of rows.iterate()) {
    const before = sums.get(owner) ?? NOTHING;
    sums.set(owner, { notes: before.notes + 1, bytes: before.bytes + bytes });
  }
  return sums;
}

/** What an owner has when a note is written. @param replaced what is stored under its name */
function sumsWith(sums: NoteSums, { name, value }: NewNote, replaced: NoteRow | undefined): NoteSums {
  if (replaced !== undefined) return { ...sums, bytes: sums.bytes + value.length - replaced.bytes };
  return { notes: sums.notes + 1, bytes: sums.bytes + name.length + value.length };
}

function placeOf(row: NoteRow | undefined): LogPlace | undefined {
  return row && { sequence: row.segment, position: row.position };
}

function noteChecksum(row: Omit<NoteRow, 'checksum'>): number {
  const { owner, name, flags, segment, position, value_check: check, bytes } = row;
  return rowChecksum(owner, name, flags, segment, position, check, bytes);
}

function requireWhole(row: NoteRow): void {
  if (noteChecksum(row) !== row.checksum) throw damaged();
}

function requireValue(row: NoteRow, value: Buffer | undefined): Buffer {
  // A text in its place would have the same CRC-32.
  if (!Buffer.isBuffer(value) || crc32(value) !== row.value_check) throw damaged();
  return value;
}

function damaged(): LedgerDamaged {
  return new LedgerDamaged('the table notes is not what was stored');
}
