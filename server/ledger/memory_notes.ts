import type { LogPlace } from './log_place';
import {
  countedNote,
  CountNoteAnswer,
  DeleteNoteOutcome,
  isWithinBounds,
  ListedNote,
  meetsCondition,
  NewNote,
  NoteCondition,
  noteNumber,
  PutNotesAnswer,
  StoredNote,
} from './note';

/** The notes of all owners, in memory. */
export class MemoryNotes {
  readonly #byOwner = new Map<number, Map<string, StoredNote>>();

  /** Writes all of the notes, whose names differ, or none. */
  put(
    owner: number,
    notes: readonly NewNote[],
    condition: NoteCondition | undefined,
    place: LogPlace,
  ): PutNotesAnswer {
    const stored = this.#notesOf(owner);
    if (!notes.every(({ name }) => meetsCondition(stored.get(name)?.place, condition))) {
      return { outcome: 'not-met' };
    }
    const after = new Map(stored);
    for (const { name, value, flags } of notes) after.set(name, { value: Buffer.from(value), flags, place });
    if (!isWithinBounds(after.size, bytesOf(after))) return { outcome: 'full' };
    this.#byOwner.set(owner, after);
    return { outcome: 'stored', place, areNew: notes.map(({ name }) => !stored.has(name)) };
  }

  /** The note of a name, if there is one. */
  get(owner: number, name: string): StoredNote | undefined {
    return this.#notesOf(owner).get(name);
  }

  /** Removes a note. */
  delete(owner: number, name: string, condition: NoteCondition | undefined): DeleteNoteOutcome {
    const stored = this.#notesOf(owner);
    const note = stored.get(name);
    if (!meetsCondition(note?.place, condition)) return 'not-met';
    return stored.delete(name) ? 'deleted' : 'missing';
  }

  /** The notes whose names are after `after`, in the order of their bytes, at most `limit`. */
  list(owner: number, after: string, limit: number): ListedNote[] {
    const names = [...this.#notesOf(owner).keys()].filter((name) => name > after).sort();
    return names.slice(0, limit).map((name) => {
      const { value, place } = this.#notesOf(owner).get(name)!;
      return { name, bytes: value.length, place };
    });
  }

  /** Adds to the number that a note is. */
  count(owner: number, name: string, by: bigint, mayCreate: boolean, place: LogPlace): CountNoteAnswer {
    const stored = this.get(owner, name);
    if (stored === undefined && !mayCreate) return { outcome: 'missing' };
    const number = stored === undefined ? 0n : noteNumber(stored.value);
    const counted = number === undefined ? undefined : countedNote(number, by);
    if (counted === undefined) return { outcome: 'no-number' };
    const note = { name, value: Buffer.from(String(counted)), flags: stored?.flags ?? 0 };
    const { outcome } = this.put(owner, [note], undefined, place);
    if (outcome !== 'stored') return { outcome: 'full' };
    return { outcome, place, number: counted, isNew: stored === undefined };
  }

  #notesOf(owner: number): Map<string, StoredNote> {
    const known = this.#byOwner.get(owner);
    if (known !== undefined) return known;
    const notes = new Map<string, StoredNote>();
    this.#byOwner.set(owner, notes);
    return notes;
  }
}

function bytesOf(notes: ReadonlyMap<string, StoredNote>): number {
  let bytes = 0;
  for (const [name, { value }] of notes) bytes += name.length + value.length;
  return bytes;
}
