/** How operations about notes travel to PostgreSQL and back, within a commit group (group_codec.ts). */
import {
  CountNoteAnswer,
  DELETE_NOTE_OUTCOMES,
  ListedNote,
  MAX_NOTES,
  NewNote,
  NoteCondition,
  PutNotesAnswer,
} from '../note';
import type { Answers, OperationOf } from '../operation';
import { LogPlace, NOWHERE } from '../log_place';
import { GroupAnswer, LOST, POSTPONED } from '../remote/remote_store';

/** The kinds of operations about notes. */
export type NoteKind = 'put-notes' | 'get-note' | 'delete-note' | 'list-notes' | 'count-note';

/** What an operation about notes puts into the arrays of its group. */
export interface NoteElement {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  readonly lastBetId: number;
  readonly check?: number;
  readonly text?: Buffer;
  readonly name: string;
}

/** What a group has answered, as far as operations about notes need it. */
export interface NoteAnswers {
  /** The outcomes of this operation: of several notes to be written, one for each. */
  readonly outcomes: readonly number[];
  /** Where it writes a note. */
  readonly place: LogPlace;
  /** The next number of the group. */
  readonly takeNumber: () => number;
  /** So many bytes of the values that were read; `undefined` when they were lost. */
  readonly takeValue: (bytes: number) => Buffer | undefined;
}

/** What a condition is in the database (functions/lottery_note_meets.sql). */
const CONDITIONS = ['absent', 'present'] as const;
const OF_A_PLACE = 3;
/** The largest number of the type `integer`. */
const MAX_INTEGER = 0x7fff_ffff;

const COUNT_OUTCOMES = ['stored', 'stored', 'missing', 'no-number', 'full'] as const;

/** What an operation puts into the arrays. @param operation of several notes to be written, one of them */
export function noteElementOf(operation: OperationOf<NoteKind>): NoteElement {
  const element = { agency: operation.owner, batchId: 0, betCount: 0, lastBetId: 0 };
  switch (operation.kind) {
    case 'put-notes': {
      const [{ name, flags, value }] = operation.notes as [NewNote];
      return { ...element, ...conditionOf(operation.condition), name, check: flags, text: value };
    }
    case 'get-note':
      return { ...element, name: operation.name };
    case 'delete-note':
      return { ...element, ...conditionOf(operation.condition), name: operation.name };
    case 'list-notes':
      return { ...element, name: operation.after, betCount: Math.min(operation.limit, MAX_NOTES) };
    case 'count-note': {
      const text = Buffer.from(String(operation.by));
      return { ...element, name: operation.name, batchId: operation.mayCreate ? 1 : 0, text };
    }
  }
}

/** The answer to an operation. */
export function noteAnswer(operation: OperationOf<NoteKind>, answers: NoteAnswers): GroupAnswer {
  const outcome = answers.outcomes[0]!;
  switch (operation.kind) {
    case 'put-notes':
      return putAnswer(answers);
    case 'get-note':
      return getAnswer(answers);
    case 'delete-note':
      return DELETE_NOTE_OUTCOMES[outcome]!;
    case 'list-notes':
      return listAnswer(answers);
    case 'count-note':
      return countAnswer(answers);
  }
}

function conditionOf(
  condition: NoteCondition | undefined,
): Pick<NoteElement, 'batchId' | 'betCount' | 'lastBetId'> {
  if (typeof condition === 'object') {
    // Whoever asks can name any place; one that PostgreSQL has no number for is that of no note.
    const { sequence, position } = condition.position <= MAX_INTEGER ? condition : NOWHERE;
    return { batchId: OF_A_PLACE, lastBetId: sequence, betCount: position };
  }
  return {
    batchId: condition === undefined ? 0 : 1 + CONDITIONS.indexOf(condition),
    lastBetId: 0,
    betCount: 0,
  };
}

function putAnswer({ outcomes, place }: NoteAnswers): PutNotesAnswer {
  if (outcomes[0] === 2) return { outcome: 'not-met' };
  if (outcomes[0] === 3) return { outcome: 'full' };
  return { outcome: 'stored', place, areNew: outcomes.map((outcome) => outcome === 0) };
}

function getAnswer({ outcomes, takeNumber, takeValue }: NoteAnswers): GroupAnswer {
  if (outcomes[0] === 0) return undefined;
  if (outcomes[0] === 2) return POSTPONED;
  const value = takeValue(takeNumber());
  const flags = takeNumber();
  const place = { sequence: takeNumber(), position: takeNumber() };
  return value === undefined ? LOST : { value, flags, place };
}

function listAnswer({ outcomes, takeNumber, takeValue }: NoteAnswers): GroupAnswer {
  if (outcomes[0] === 1) return POSTPONED;
  const list = takeValue(takeNumber());
  return list === undefined ? LOST : notesIn(list.toString());
}

/** @param list as functions/lottery_note_list.sql writes it */
function notesIn(list: string): Answers['list-notes'] {
  if (list === '') return [];
  return list.split(';').map((note): ListedNote => {
    const [name, bytes, sequence, position] = note.split(',') as [string, string, string, string];
    return { name, bytes: Number(bytes), place: { sequence: Number(sequence), position: Number(position) } };
  });
}

function countAnswer({ outcomes, place, takeNumber }: NoteAnswers): CountNoteAnswer {
  const outcome = COUNT_OUTCOMES[outcomes[0]!]!;
  if (outcome !== 'stored') return { outcome };
  const number = (BigInt(takeNumber()) << 32n) + BigInt(takeNumber());
  return { outcome, place, number, isNew: outcomes[0] === 0 };
}
