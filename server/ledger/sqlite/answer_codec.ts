/**
 * Answers as numbers in the slots of the submission ring, over the numbers of their operations. Only this file knows which
 * number means what.
 *
 *     answer         a1        a2        a3        a4      a5        large
 *     place          outcome   sequence  position
 *     finish         finished  first finished at
 *     standing       last id   last bet  batches   bets    finished
 *     standings                                                      the standings
 *     batch-text     found                                           the text, if found
 *     draw-state     state
 *     batch-checks                                                   the check values
 *     close-sale     outcome                                         the terms, unless not due
 *     record-draw    was there                                       the draw that was there
 *     put-notes      outcome   sequence  position  is new            which are new, of several that are stored
 *     get-note       found     sequence  position  flags             the value, if found
 *     delete-note    outcome
 *     list-notes                                                     the notes
 *     count-note     outcome   sequence  position  is new            the number, if stored
 *     postponed      -1
 */
import { Draw, DRAW_STATES, DrawTerms } from '../draw';
import { DELETE_NOTE_OUTCOMES, ListedNote } from '../note';
import { Answers, BatchCheck, OperationKind, OperationOf, PLACE_OUTCOMES, Standing } from '../operation';
import type { LogPlace } from '../log_place';

/** The numbers of an answer. */
export type AnswerNumbers = readonly [number, number, number, number, number];

/** A part of an answer that numbers cannot hold. */
export type LargeAnswer =
  | readonly Standing[]
  | readonly BatchCheck[]
  | readonly ListedNote[]
  | readonly boolean[]
  | Uint8Array
  | bigint
  | DrawTerms
  | Draw;

/** An answer as the writer gives it. */
export interface EncodedAnswer {
  readonly numbers: AnswerNumbers;
  readonly large?: LargeAnswer | undefined;
}

/** The answer to an operation that has read nothing, since its commit has read enough. */
export const POSTPONED: AnswerNumbers = [-1, 0, 0, 0, 0];

/** Whether an answer is {@link POSTPONED}. */
export function isPostponed([first]: AnswerNumbers): boolean {
  return first === POSTPONED[0];
}

const CLOSE_OUTCOMES = ['closed', 'already-closed', 'not-due'] as const;
const PUT_OUTCOMES = ['stored', 'not-met', 'full'] as const;
const COUNT_OUTCOMES = ['stored', 'missing', 'no-number', 'full'] as const;
const ZEROS: AnswerNumbers = [0, 0, 0, 0, 0];

const ANSWER_ENCODERS: {
  readonly [K in OperationKind]: (answer: Answers[K], operation: OperationOf<K>) => EncodedAnswer;
} = {
  place: (answer) => {
    const outcome = PLACE_OUTCOMES.indexOf(answer.outcome);
    const place = 'place' in answer ? answer.place : undefined;
    return { numbers: [outcome, place?.sequence ?? 0, place?.position ?? 0, 0, 0] };
  },
  finish: ({ finished, firstFinishedAtMs }) => ({ numbers: [finished, firstFinishedAtMs, 0, 0, 0] }),
  standing: ({ lastBatchId, lastBetId, batches, bets, isFinished }) => ({
    numbers: [lastBatchId, lastBetId, batches, bets, isFinished ? 1 : 0],
  }),
  standings: (large) => ({ numbers: ZEROS, large }),
  'batch-checks': (large) => ({ numbers: ZEROS, large }),
  'batch-text': (large) => ({ numbers: [large === undefined ? 0 : 1, 0, 0, 0, 0], large }),
  'draw-state': (state) => ({ numbers: [DRAW_STATES.indexOf(state), 0, 0, 0, 0] }),
  refused: () => ({ numbers: ZEROS }),
  'close-sale': (answer) => ({
    numbers: [CLOSE_OUTCOMES.indexOf(answer.outcome), 0, 0, 0, 0],
    large: 'terms' in answer ? answer.terms : undefined,
  }),
  'record-draw': (draw, operation) =>
    draw === operation.draw ? { numbers: ZEROS } : { numbers: [1, 0, 0, 0, 0], large: draw },
  'put-notes': (answer) => {
    const outcome = PUT_OUTCOMES.indexOf(answer.outcome);
    if (answer.outcome !== 'stored') return { numbers: [outcome, 0, 0, 0, 0] };
    const { place, areNew } = answer;
    return { numbers: placed(outcome, place, areNew[0]), large: areNew.length === 1 ? undefined : areNew };
  },
  'get-note': (note) => {
    if (note === undefined) return { numbers: ZEROS };
    const { sequence, position } = note.place;
    return { numbers: [1, sequence, position, note.flags, 0], large: note.value };
  },
  'delete-note': (outcome) => ({ numbers: [DELETE_NOTE_OUTCOMES.indexOf(outcome), 0, 0, 0, 0] }),
  'list-notes': (large) => ({ numbers: ZEROS, large }),
  'count-note': (answer) => {
    const outcome = COUNT_OUTCOMES.indexOf(answer.outcome);
    if (answer.outcome !== 'stored') return { numbers: [outcome, 0, 0, 0, 0] };
    return { numbers: placed(outcome, answer.place, answer.isNew), large: answer.number };
  },
};

/** An answer as it goes back. */
export function encodeAnswer<K extends OperationKind>(
  operation: OperationOf<K>,
  answer: Answers[K],
): EncodedAnswer {
  return ANSWER_ENCODERS[operation.kind](answer, operation);
}

/** @param large takes the next large part */
type AnswerDecoder<K extends OperationKind> = (
  numbers: AnswerNumbers,
  large: () => LargeAnswer | undefined,
  operation: OperationOf<K>,
) => Answers[K];

const ANSWER_DECODERS: { readonly [K in OperationKind]: AnswerDecoder<K> } = {
  place: ([code, sequence, position]) => {
    const outcome = PLACE_OUTCOMES[code]!;
    if (outcome === 'conflict' || outcome === 'closed') return { outcome };
    return { outcome, place: { sequence, position } };
  },
  finish: ([finished, firstFinishedAtMs]) => ({ finished, firstFinishedAtMs }),
  standing: ([lastBatchId, lastBetId, batches, bets, isFinished]) => ({
    lastBatchId,
    lastBetId,
    batches,
    bets,
    isFinished: isFinished === 1,
  }),
  standings: (_, large) => large() as readonly Standing[],
  'batch-text': ([isFound], large) => {
    if (isFound === 0) return undefined;
    return bytesOf(large() as Uint8Array);
  },
  'draw-state': ([code]) => DRAW_STATES[code]!,
  refused: () => undefined,
  'close-sale': ([code], large) => {
    const outcome = CLOSE_OUTCOMES[code]!;
    if (outcome === 'not-due') return { outcome, dueInMs: undefined };
    return { outcome, terms: large() as DrawTerms };
  },
  'batch-checks': (_, large) => large() as readonly BatchCheck[],
  'record-draw': ([wasThere], large, { draw }) => (wasThere === 1 ? (large() as Draw) : draw),
  'put-notes': ([code, sequence, position, isNew], large, { notes }) => {
    const outcome = PUT_OUTCOMES[code]!;
    if (outcome !== 'stored') return { outcome };
    const areNew = notes.length === 1 ? [isNew === 1] : (large() as readonly boolean[]);
    return { outcome, place: { sequence, position }, areNew };
  },
  'get-note': ([isFound, sequence, position, flags], large) => {
    if (isFound === 0) return undefined;
    return { value: bytesOf(large() as Uint8Array), flags, place: { sequence, position } };
  },
  'delete-note': ([code]) => DELETE_NOTE_OUTCOMES[code]!,
  'list-notes': (_, large) => large() as readonly ListedNote[],
  'count-note': ([code, sequence, position, isNew], large) => {
    const outcome = COUNT_OUTCOMES[code]!;
    if (outcome !== 'stored') return { outcome };
    return { outcome, place: { sequence, position }, number: large() as bigint, isNew: isNew === 1 };
  },
};

/**
 * The answer to an operation.
 *
 * @param large takes the next large part of what came with the commit
 */
export function decodeAnswer<K extends OperationKind>(
  operation: OperationOf<K>,
  numbers: AnswerNumbers,
  large: () => LargeAnswer | undefined,
): Answers[K] {
  return ANSWER_DECODERS[operation.kind](numbers, large, operation);
}

function placed(outcome: number, place: LogPlace, isNew = false): AnswerNumbers {
  return [outcome, place.sequence, place.position, isNew ? 1 : 0, 0];
}

/** What came from another thread, as a buffer over the same bytes. */
function bytesOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
