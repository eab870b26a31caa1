/** Changes of notes that memcached has and the ledger has not: each is a read, and a write of what was read unchanged. */
import type { Notes } from '../../lottery/notes';
import { countedNote, CountNoteAnswer, MAX_NOTE_NUMBER, noteNumber, StoredNote } from '../../ledger/note';
import { Refusal } from '../http/refusals/problem';
import { MAX_TRIES } from './limits';
import type { NoteTarget } from './targets';

/** What came of a change. */
export type ChangeOutcome = 'stored' | 'missing' | 'full' | 'too-large';

const LIST_NOTES = 1_000;
const DELETED_AT_ONCE = 8;

/**
 * Puts a value behind the one that is stored, or before it; the flags stay.
 *
 * @param maxValueBytes the longest value
 * @throws ProtocolError, Refusal `unavailable`
 */
export function joinValue(
  notes: Notes,
  target: NoteTarget,
  where: 'append' | 'prepend',
  value: Buffer,
  maxValueBytes: number,
): Promise<ChangeOutcome> {
  return change(notes, target, maxValueBytes, (stored) =>
    Buffer.concat(where === 'append' ? [stored.value, value] : [value, stored.value]),
  );
}

/**
 * Adds to a number of 64 bits, which begins again with 0 behind the largest one and is never below 0.
 *
 * @returns the number, or what memcached says instead
 * @throws ProtocolError, Refusal `unavailable`
 */
export async function countValue(
  notes: Notes,
  target: NoteTarget,
  by: bigint,
  maxValueBytes: number,
): Promise<bigint | Exclude<CountNoteAnswer['outcome'], 'stored'>> {
  const { owner, name } = target;
  const answer = await notes.count(owner, name, by, false);
  if (answer.outcome === 'stored') return answer.number;
  if (answer.outcome !== 'no-number') return answer.outcome;
  let counted: bigint | undefined;
  const outcome = await change(notes, target, maxValueBytes, ({ value }) => {
    const number = noteNumber(value);
    counted = number === undefined ? undefined : wrapped(number, by);
    return counted === undefined ? undefined : Buffer.from(String(counted));
  });
  if (outcome === 'stored') return counted ?? 'no-number';
  return outcome === 'too-large' ? 'full' : outcome;
}

/** Removes all notes of an owner, one by one. @throws ProtocolError */
export async function removeAll(notes: Notes, owner: number): Promise<void> {
  const listed = await notes.list(owner, '', LIST_NOTES);
  for (let index = 0; index < listed.length; index += DELETED_AT_ONCE) {
    const some = listed.slice(index, index + DELETED_AT_ONCE);
    await Promise.all(some.map(({ name }) => notes.delete(owner, name)));
  }
}

/** @param next the value in place of the stored one; `undefined` to leave it */
async function change(
  notes: Notes,
  { owner, name }: NoteTarget,
  maxValueBytes: number,
  next: (stored: StoredNote) => Buffer | undefined,
): Promise<ChangeOutcome> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await notes.get(owner, name);
    if (stored === undefined) return 'missing';
    const value = next(stored);
    if (value === undefined) return 'stored';
    if (value.length > maxValueBytes) return 'too-large';
    const { outcome } = await notes.put(owner, [{ name, value, flags: stored.flags }], stored.place);
    if (outcome !== 'not-met') return outcome;
  }
  throw new Refusal('unavailable', 'others change this all the time: try again later');
}

function wrapped(number: bigint, by: bigint): bigint {
  return countedNote(number, by) ?? (number + by) & MAX_NOTE_NUMBER;
}
