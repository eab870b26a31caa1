import { COMPLETE, DRAW_STATES } from '../draw';
import { DELETE_NOTE_OUTCOMES, PutNotesAnswer } from '../note';
import { Answers, NOTHING_STORED, Operation, OperationKind, OperationOf, PlaceAnswer } from '../operation';
import { linesOf as linesOfAnswer } from '../operation_line';

const SOMEWHERE = { sequence: 0, position: 0 };
const SOME_TEXT = Buffer.alloc(0);
const SOME_NOTE = { value: SOME_TEXT, flags: 0, place: SOMEWHERE };

/** In the order of `PLACE_OUTCOMES`. */
const PLACE_ANSWERS: readonly PlaceAnswer[] = [
  { outcome: 'stored', place: SOMEWHERE },
  { outcome: 'already-stored', place: SOMEWHERE },
  { outcome: 'conflict' },
  { outcome: 'closed' },
];

/** Of a single note. */
const PUT_ANSWERS: readonly PutNotesAnswer[] = [
  { outcome: 'stored', place: SOMEWHERE, areNew: [true] },
  { outcome: 'stored', place: SOMEWHERE, areNew: [false] },
  { outcome: 'not-met' },
  { outcome: 'full' },
];

/** One answer for each outcome that an operation of a kind can have, in the order of the outcomes' numbers. */
const POSSIBLE_ANSWERS: {
  readonly [K in OperationKind]: (operation: OperationOf<K>) => readonly Answers[K][];
} = {
  place: () => PLACE_ANSWERS,
  finish: () => [{ finished: 0, firstFinishedAtMs: 0 }],
  standing: () => [NOTHING_STORED],
  standings: () => [[]],
  'batch-text': () => [undefined, SOME_TEXT],
  'batch-checks': () => [[]],
  'draw-state': () => DRAW_STATES,
  refused: () => [undefined],
  'close-sale': () => [
    { outcome: 'closed', terms: COMPLETE },
    { outcome: 'already-closed', terms: COMPLETE },
    { outcome: 'not-due', dueInMs: undefined },
  ],
  'record-draw': ({ draw }) => [draw, draw],
  'put-notes': () => PUT_ANSWERS,
  'get-note': () => [undefined, SOME_NOTE],
  'delete-note': () => DELETE_NOTE_OUTCOMES,
  'list-notes': () => [[]],
  'count-note': () => [
    { outcome: 'stored', place: SOMEWHERE, number: 0n, isNew: true },
    { outcome: 'stored', place: SOMEWHERE, number: 0n, isNew: false },
    { outcome: 'missing' },
    { outcome: 'no-number' },
    { outcome: 'full' },
  ],
};

/**
 * The lines that an operation may leave in the audit log (docs/AUDIT.md). The store writes one of them, by what comes of
 * the operation, and need not know what lines look like.
 *
 * @param operation of several notes to be written, one of them at a time
 * @returns one line for each outcome, empty for none; an outcome beyond them leaves none. `place`: in the order of
 *   `PLACE_OUTCOMES`. `batch-text`: not found, found. `draw-state`: in the order of `DRAW_STATES`. `close-sale`: closed
 *   now, closed before, not due. `record-draw`: stored now, stored before. `put-notes`: stored, stored in place of another, the
 *   condition is not met, no room. `get-note`: not found, found. `delete-note`: in the order of `DELETE_NOTE_OUTCOMES`.
 *   `count-note`: stored and new, stored, not found, no number, no room. Other kinds have one outcome.
 */
export function possibleLines(operation: Operation): readonly string[] {
  return linesOf(operation);
}

function linesOf<K extends OperationKind>(operation: OperationOf<K>): readonly string[] {
  const answers: readonly Answers[K][] = POSSIBLE_ANSWERS[operation.kind](operation);
  return answers.map((answer) => linesOfAnswer(operation, answer).trimEnd());
}
