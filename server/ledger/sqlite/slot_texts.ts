/**
 * What lies beside an operation's numbers in the submission ring: its text, which is any bytes, and its label. A label is
 * short words in ASCII, joined with `,`, the first of them the id of the request, empty for none; that of a refusal comes
 * last. slot_codec.ts says what each operation has there.
 */
import type { NewNote, NoteCondition } from '../note';
import type { Operation, OperationOf } from '../operation';

/** The words that stand for each note in the label of a `put-notes`. */
const WORDS_OF_NOTE = 3;

/** The text of an operation; `undefined` where it has none. Of notes, it is their values in their order. */
export function textOf(operation: Operation): Buffer | undefined {
  if (operation.kind === 'place') return operation.batch.text;
  if (operation.kind !== 'put-notes') return undefined;
  const { notes } = operation;
  return notes.length === 1 ? notes[0]!.value : Buffer.concat(notes.map(({ value }) => value));
}

/** The label of an operation. */
export function labelOf(operation: Operation): string {
  const { requestId = '' } = operation;
  switch (operation.kind) {
    case 'place':
      return requestId;
    case 'refused':
      return `${operation.action},${operation.uri},${operation.status},${requestId}`;
    case 'put-notes':
      return `${requestId},${conditionWord(operation.condition)}${noteWords(operation)}`;
    case 'get-note':
      return `${requestId},${operation.name}`;
    case 'delete-note':
      return `${requestId},${conditionWord(operation.condition)},${operation.name}`;
    case 'list-notes':
      return `${requestId},${operation.after}`;
    case 'count-note':
      return `${requestId},${operation.by},${operation.name}`;
    default:
      return requestId;
  }
}

/** The words of a label, as many as it has. */
export function wordsOf<First extends readonly string[]>(label: string): [...First, ...string[]] {
  return label.split(',') as [...First, ...string[]];
}

/** The id of a request as operations have it. */
export function idOf(word: string): { requestId?: string } {
  return word === '' ? {} : { requestId: word };
}

/** The condition that a word stands for. */
export function conditionOf(word: string): NoteCondition | undefined {
  if (word === '') return undefined;
  if (word === 'absent' || word === 'present') return word;
  const [sequence, position] = word.split(':').map(Number) as [number, number];
  return { sequence, position };
}

/** The notes that are to be written. @param text their values, of which theirs are parts */
export function newNotesOf(words: readonly string[], text: Buffer): NewNote[] {
  const notes: NewNote[] = [];
  let end = 0;
  for (let index = 0; index < words.length; index += WORDS_OF_NOTE) {
    const start = end;
    end += Number(words[index + 2]);
    notes.push({ name: words[index]!, flags: Number(words[index + 1]), value: text.subarray(start, end) });
  }
  return notes;
}

function noteWords({ notes }: OperationOf<'put-notes'>): string {
  let words = '';
  for (const { name, flags, value } of notes) words += `,${name},${flags},${value.length}`;
  return words;
}

function conditionWord(condition: NoteCondition | undefined): string {
  if (condition === undefined || typeof condition === 'string') return condition ?? '';
  return `${condition.sequence}:${condition.position}`;
}
