import { COMPLETE, DRAW_STATES } from '../draw';
import { Answers, NOTHING_STORED, Operation, OperationKind, OperationOf, PlaceAnswer } from '../operation';
import { lineOf } from '../operation_line';

const SOMEWHERE = { sequence: 0, position: 0 };
const SOME_TEXT = Buffer.alloc(0);

/** In the order of `PLACE_OUTCOMES`. */
const PLACE_ANSWERS: readonly PlaceAnswer[] = [
  { outcome: 'stored', place: SOMEWHERE },
  { outcome: 'already-stored', place: SOMEWHERE },
  { outcome: 'conflict' },
  { outcome: 'closed' },
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
};

/**
 * The lines that an operation may leave in the audit log (docs/AUDIT.md). The store writes one of them, by what comes of
 * the operation, and need not know what lines look like.
 *
 * @returns one line for each outcome, empty for none; an outcome beyond them leaves none. `place`: in the order of
 *   `PLACE_OUTCOMES`. `batch-text`: not found, found. `draw-state`: in the order of `DRAW_STATES`. `close-sale`: closed
 *   now, closed before, not due. `record-draw`: stored now, stored before. Other kinds have one outcome.
 */
export function possibleLines(operation: Operation): readonly string[] {
  return linesOf(operation);
}

function linesOf<K extends OperationKind>(operation: OperationOf<K>): readonly string[] {
  const answers: readonly Answers[K][] = POSSIBLE_ANSWERS[operation.kind](operation);
  return answers.map((answer) => lineOf(operation, answer) ?? '');
}
