/**
 * Operations and their answers as numbers in the slots of the submission ring. Only this file knows which number means
 * what.
 *
 *     operation      kind  n1        n2       n3        n4         text     label
 *     place          0     agency    batch id bet count last bet   bets     request id; the bet count is negative where
 *                                                                           a refusal has no line of its own
 *     finish         1     agency                                           request id
 *     standing       2     agency                                           request id
 *     standings      3     after     limit                                  request id
 *     batch-text     4     agency    batch id                               request id
 *     draw-state     5     agency, or 0 for the draw                        request id
 *     refused        6                                                      the operation's words, joined with `,`
 *     close-sale     7     1 + index of the deadline's action, or 0
 *     record-draw    8     (the draw comes as a message)
 *     batch-checks   9     agency    after    limit
 *     end            10
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
 *     postponed      -1
 *
 * An operation that comes again after it was postponed has its kind + 16.
 */
import { DEADLINE_ACTIONS, Draw, DRAW_STATES, DrawTerms } from '../draw';
import {
  Answers,
  AuditAction,
  BatchCheck,
  Operation,
  OperationKind,
  OperationOf,
  PLACE_OUTCOMES,
  Standing,
} from '../operation';

/** The kind, and the numbers of an operation. */
export type SlotNumbers = readonly [kind: number, n1: number, n2: number, n3: number, n4: number];

/** The numbers of an answer. */
export type AnswerNumbers = readonly [number, number, number, number, number];

/** A part of an answer that numbers cannot hold. */
export type LargeAnswer = readonly Standing[] | readonly BatchCheck[] | Uint8Array | DrawTerms | Draw;

/** An answer as the writer gives it. */
export interface EncodedAnswer {
  readonly numbers: AnswerNumbers;
  readonly large?: LargeAnswer | undefined;
}

const KIND_CODES: { readonly [K in OperationKind]: number } = {
  place: 0,
  finish: 1,
  standing: 2,
  standings: 3,
  'batch-text': 4,
  'draw-state': 5,
  refused: 6,
  'close-sale': 7,
  'record-draw': 8,
  'batch-checks': 9,
};
const KINDS = Object.keys(KIND_CODES) as OperationKind[];
/** The code that ends the writer. It is no operation of a ledger. */
export const END_CODE = 10;
export const END: SlotNumbers = [END_CODE, 0, 0, 0, 0];

/** The code of a batch: the writer reads those without making an object of each. */
export const PLACE_CODE = KIND_CODES.place;
/** Added to the code of an operation that was postponed before. */
const AGAIN = 16;
/** The answer to an operation that has read nothing, since its commit has read enough. */
export const POSTPONED: AnswerNumbers = [-1, 0, 0, 0, 0];

/** An operation as it comes again after it was postponed. */
export function again([kind, ...numbers]: SlotNumbers): SlotNumbers {
  return [kind + AGAIN, ...numbers];
}

/** Whether an operation was postponed before. */
export function isAgain([kind]: SlotNumbers): boolean {
  return kind >= AGAIN;
}

/** Whether an answer is {@link POSTPONED}. */
export function isPostponed([first]: AnswerNumbers): boolean {
  return first === POSTPONED[0];
}

const CLOSE_OUTCOMES = ['closed', 'already-closed', 'not-due'] as const;
const ZEROS: AnswerNumbers = [0, 0, 0, 0, 0];
const NO_TEXT = Buffer.alloc(0);

type Numbers = readonly [number, number?, number?, number?];

const NUMBERS: { readonly [K in OperationKind]: (operation: OperationOf<K>) => Numbers } = {
  place: ({ batch, isRefusalCounted }) => [
    batch.agency,
    batch.batchId,
    isRefusalCounted === true ? -batch.betCount : batch.betCount,
    batch.lastBetId,
  ],
  finish: ({ agency }) => [agency],
  standing: ({ agency }) => [agency],
  standings: ({ after, limit }) => [after, limit],
  'batch-text': ({ agency, batchId }) => [agency, batchId],
  'draw-state': ({ winnersOf }) => [winnersOf ?? 0],
  refused: () => [0],
  'close-sale': ({ whenMissing }) => [
    whenMissing === undefined ? 0 : 1 + DEADLINE_ACTIONS.indexOf(whenMissing),
  ],
  'record-draw': () => [0],
  'batch-checks': ({ agency, after, limit }) => [agency, after, limit],
};

/** The numbers of an operation. */
export function encodeOperation<K extends OperationKind>(operation: OperationOf<K>): SlotNumbers {
  const [n1, n2 = 0, n3 = 0, n4 = 0] = NUMBERS[operation.kind](operation);
  return [KIND_CODES[operation.kind], n1, n2, n3, n4];
}

/** The short text beside an operation, in ASCII: the id of its request, empty for none; of a refusal all its words. */
export function labelOf(operation: Operation): string {
  const { requestId = '' } = operation;
  if (operation.kind !== 'refused') return requestId;
  return `${operation.action},${operation.uri},${operation.status},${requestId}`;
}

/** @param draw what a `record-draw` records */
type Decoder<K extends OperationKind> = (
  numbers: SlotNumbers,
  label: string,
  draw: () => Draw,
) => OperationOf<K>;

const DECODERS: { readonly [K in OperationKind]: Decoder<K> } = {
  place: ([, agency, batchId, betCount, lastBetId], label) => ({
    kind: 'place',
    batch: { agency, batchId, betCount: Math.abs(betCount), lastBetId, text: NO_TEXT },
    isRefusalCounted: betCount < 0,
    ...idOf(label),
  }),
  finish: ([, agency], label) => ({ kind: 'finish', agency, ...idOf(label) }),
  standing: ([, agency], label) => ({ kind: 'standing', agency, ...idOf(label) }),
  standings: ([, after, limit], label) => ({ kind: 'standings', after, limit, ...idOf(label) }),
  'batch-text': ([, agency, batchId], label) => ({ kind: 'batch-text', agency, batchId, ...idOf(label) }),
  'draw-state': ([, agency], label) => ({
    kind: 'draw-state',
    winnersOf: agency === 0 ? undefined : agency,
    ...idOf(label),
  }),
  refused: (_, label) => {
    const [action, uri, status, requestId] = label.split(',') as [AuditAction, string, string, string];
    return { kind: 'refused', action, uri, status: Number(status), ...idOf(requestId) };
  },
  'close-sale': ([, action]) => ({ kind: 'close-sale', whenMissing: DEADLINE_ACTIONS[action - 1] }),
  'record-draw': (_, __, draw) => ({ kind: 'record-draw', draw: draw() }),
  'batch-checks': ([, agency, after, limit]) => ({ kind: 'batch-checks', agency, after, limit }),
};

/**
 * The operation that a slot holds. A batch comes without its text: that lies in the ring.
 *
 * @param draw what a `record-draw` records
 */
export function decodeOperation(numbers: SlotNumbers, label: string, draw: () => Draw): Operation {
  const kind = KINDS[numbers[0] % AGAIN];
  if (kind === undefined) throw new RangeError(`no operation has the code ${numbers[0]}`);
  return DECODERS[kind](numbers, label, draw);
}

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
    const text = large() as Uint8Array;
    return Buffer.from(text.buffer, text.byteOffset, text.length);
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

function idOf(label: string): { requestId?: string } {
  return label === '' ? {} : { requestId: label };
}
