/** How operations about notes travel to Redis and back, within a commit group (group_codec.ts, functions/notes.lua). */
import { CountNoteAnswer, DELETE_NOTE_OUTCOMES, ListedNote, NoteCondition, PutNotesAnswer } from '../note';
import type { LogPlace } from '../log_place';
import type { OperationOf } from '../operation';
import type { Operation } from '../remote/operation';
import { possibleLines } from '../remote/possible_lines';
import { GroupAnswer, LOST, POSTPONED } from '../remote/remote_store';
import type { Reply } from './connection';

/** An operation about notes. */
export type NoteOperation = OperationOf<
  'put-notes' | 'get-note' | 'delete-note' | 'list-notes' | 'count-note'
>;

const KINDS: ReadonlySet<string> = new Set<NoteOperation['kind']>([
  'put-notes',
  'get-note',
  'delete-note',
  'list-notes',
  'count-note',
]);
const COUNT_OUTCOMES = ['stored', 'stored', 'missing', 'no-number', 'full'] as const;
/** How many words a note in a list is. */
const LISTED_WORDS = 4;

/** Whether an operation is about notes. */
export function isAboutNotes(operation: Operation): operation is NoteOperation {
  return KINDS.has(operation.kind);
}

/** The arguments of an operation behind its kind: its possible lines, then what its function takes. */
export function noteArguments(operation: NoteOperation): readonly (string | Buffer)[] {
  const owner = String(operation.owner);
  switch (operation.kind) {
    case 'put-notes':
      return ['', owner, ...conditionWords(operation.condition), ...putWords(operation)];
    case 'get-note':
      return [linesOf(operation), owner, operation.name];
    case 'delete-note':
      return [linesOf(operation), owner, operation.name, ...conditionWords(operation.condition)];
    case 'list-notes':
      return [linesOf(operation), owner];
    case 'count-note':
      return [
        linesOf(operation),
        owner,
        operation.name,
        String(operation.by),
        operation.mayCreate ? '1' : '0',
      ];
  }
}

/**
 * The answer to an operation.
 *
 * @param answer its outcome, and what its function says
 * @param place where it writes a note
 */
export function noteAnswer(operation: NoteOperation, answer: readonly Reply[], place: LogPlace): GroupAnswer {
  const outcome = Number(answer[0]);
  switch (operation.kind) {
    case 'put-notes':
      return putAnswer(answer.map(Number), place);
    case 'get-note':
      return getAnswer(outcome, answer);
    case 'delete-note':
      return DELETE_NOTE_OUTCOMES[outcome]!;
    case 'list-notes':
      return listAnswer(operation, outcome, answer.slice(1));
    case 'count-note':
      return countAnswer(outcome, answer, place);
  }
}

function linesOf(operation: NoteOperation): string {
  return possibleLines(operation).join('\n');
}

function conditionWords(condition: NoteCondition | undefined): readonly string[] {
  if (typeof condition !== 'object') return [condition ?? '', '', ''];
  return ['place', String(condition.sequence), String(condition.position)];
}

function putWords(operation: OperationOf<'put-notes'>): readonly (string | Buffer)[] {
  const { notes } = operation;
  const words = notes.flatMap((note) => {
    const { name, flags, value } = note;
    return [linesOf({ ...operation, notes: [note] }), name, String(flags), value];
  });
  return [String(notes.length), ...words];
}

function putAnswer(outcomes: readonly number[], place: LogPlace): PutNotesAnswer {
  if (outcomes[0] === 2) return { outcome: 'not-met' };
  if (outcomes[0] === 3) return { outcome: 'full' };
  return { outcome: 'stored', place, areNew: outcomes.map((outcome) => outcome === 0) };
}

function getAnswer(outcome: number, [, flags, sequence, position, value]: readonly Reply[]): GroupAnswer {
  if (outcome === 0) return undefined;
  if (outcome === 2) return POSTPONED;
  if (!Buffer.isBuffer(value)) return LOST;
  return { value, flags: Number(flags), place: { sequence: Number(sequence), position: Number(position) } };
}

function listAnswer(
  { after, limit }: OperationOf<'list-notes'>,
  outcome: number,
  words: readonly Reply[],
): GroupAnswer {
  if (outcome === 1) return POSTPONED;
  // What is kept of a list is that there was one.
  if (words.length === 1) return LOST;
  const notes: ListedNote[] = [];
  for (let index = 0; index < words.length; index += LISTED_WORDS) {
    const [name, bytes, sequence, position] = words.slice(index, index + LISTED_WORDS);
    const place = { sequence: Number(sequence), position: Number(position) };
    notes.push({ name: String(name), bytes: Number(bytes), place });
  }
  return notes
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, limit);
}

function countAnswer(outcome: number, [, number]: readonly Reply[], place: LogPlace): CountNoteAnswer {
  const name = COUNT_OUTCOMES[outcome]!;
  if (name !== 'stored') return { outcome: name };
  return { outcome: name, place, number: BigInt(String(number)), isNew: outcome === 0 };
}
