/**
 * Operations as numbers in the slots of the submission ring; what they are answered is in answer_codec.ts. Only this file
 * knows which number means what.
 *
 *     operation      kind  n1        n2       n3        n4         text     label (slot_texts.ts)
 *     place          0     agency    batch id bet count last bet   bets     request id; the bet count is negative where
 *                                                                           a refusal has no line of its own
 *     finish         1     agency                                           request id
 *     standing       2     agency                                           request id
 *     standings      3     after     limit                                  request id
 *     batch-text     4     agency    batch id                               request id
 *     draw-state     5     agency, or 0 for the draw                        request id
 *     refused        6                                                      the operation's words
 *     close-sale     7     1 + index of the deadline's action, or 0
 *     record-draw    8     (the draw comes as a message)
 *     batch-checks   9     agency    after    limit
 *     end            10
 *     put-notes      11    owner     notes                         values   request id, condition, and of each note its
 *                                                                           name, flags and the bytes of its value
 *     get-note       12    owner                                            request id, name
 *     delete-note    13    owner                                            request id, condition, name
 *     list-notes     14    owner     limit                                  request id, after
 *     count-note     15    owner     may create                             request id, by, name
 *
 * An operation that comes again after it was postponed has its kind + 16.
 */
import { DEADLINE_ACTIONS, Draw } from '../draw';
import type { AuditAction, Operation, OperationKind, OperationOf } from '../operation';
import { conditionOf, idOf, newNotesOf, wordsOf } from './slot_texts';

/** The kind, and the numbers of an operation. */
export type SlotNumbers = readonly [kind: number, n1: number, n2: number, n3: number, n4: number];

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
  'put-notes': 11,
  'get-note': 12,
  'delete-note': 13,
  'list-notes': 14,
  'count-note': 15,
};
/** Added to the code of an operation that was postponed before: more than any code. */
const AGAIN = 16;
/** By their codes. {@link END_CODE} has none. */
const KINDS = new Array<OperationKind | undefined>(AGAIN);
for (const [kind, code] of Object.entries(KIND_CODES)) KINDS[code] = kind as OperationKind;
/** The code that ends the writer. It is no operation of a ledger. */
export const END_CODE = 10;
export const END: SlotNumbers = [END_CODE, 0, 0, 0, 0];

/** The code of a batch: the writer reads those without making an object of each. */
export const PLACE_CODE = KIND_CODES.place;

/** An operation as it comes again after it was postponed. */
export function again([kind, ...numbers]: SlotNumbers): SlotNumbers {
  return [kind + AGAIN, ...numbers];
}

/** Whether an operation was postponed before. */
export function isAgain([kind]: SlotNumbers): boolean {
  return kind >= AGAIN;
}

/** Whether a code is that of a batch, which may have been postponed before. */
export function isPlace(code: number): boolean {
  return code % AGAIN === PLACE_CODE;
}

/** How many notes an operation may write or remove. */
export function notesChangedBy([code, , notes]: SlotNumbers): number {
  switch (code) {
    case KIND_CODES['put-notes']:
      return notes;
    case KIND_CODES['delete-note']:
    case KIND_CODES['count-note']:
      return 1;
    default:
      return 0;
  }
}

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
  'put-notes': ({ owner, notes }) => [owner, notes.length],
  'get-note': ({ owner }) => [owner],
  'delete-note': ({ owner }) => [owner],
  'list-notes': ({ owner, limit }) => [owner, limit],
  'count-note': ({ owner, mayCreate }) => [owner, mayCreate ? 1 : 0],
};

/** The numbers of an operation. */
export function encodeOperation<K extends OperationKind>(operation: OperationOf<K>): SlotNumbers {
  const [n1, n2 = 0, n3 = 0, n4 = 0] = NUMBERS[operation.kind](operation);
  return [KIND_CODES[operation.kind], n1, n2, n3, n4];
}

/** What belongs to an operation and does not lie in its slot. */
export interface Beside {
  /** What a `record-draw` records. */
  readonly draw: () => Draw;
  /** The operation's text, where it lies: it is there until the operation is answered. */
  readonly text: () => Buffer;
}

type Decoder<K extends OperationKind> = (
  numbers: SlotNumbers,
  label: string,
  beside: Beside,
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
    const [action, uri, status, requestId] = wordsOf<[AuditAction, string, string, string]>(label);
    return { kind: 'refused', action, uri, status: Number(status), ...idOf(requestId) };
  },
  'close-sale': ([, action]) => ({ kind: 'close-sale', whenMissing: DEADLINE_ACTIONS[action - 1] }),
  'record-draw': (_, __, { draw }) => ({ kind: 'record-draw', draw: draw() }),
  'batch-checks': ([, agency, after, limit]) => ({ kind: 'batch-checks', agency, after, limit }),
  'put-notes': ([, owner], label, { text }) => {
    const [requestId, condition, ...notes] = wordsOf<[string, string]>(label);
    return {
      kind: 'put-notes',
      owner,
      notes: newNotesOf(notes, text()),
      condition: conditionOf(condition),
      ...idOf(requestId),
    };
  },
  'get-note': ([, owner], label) => {
    const [requestId, name] = wordsOf<[string, string]>(label);
    return { kind: 'get-note', owner, name, ...idOf(requestId) };
  },
  'delete-note': ([, owner], label) => {
    const [requestId, condition, name] = wordsOf<[string, string, string]>(label);
    return { kind: 'delete-note', owner, name, condition: conditionOf(condition), ...idOf(requestId) };
  },
  'list-notes': ([, owner, limit], label) => {
    const [requestId, after] = wordsOf<[string, string]>(label);
    return { kind: 'list-notes', owner, after, limit, ...idOf(requestId) };
  },
  'count-note': ([, owner, mayCreate], label) => {
    const [requestId, by, name] = wordsOf<[string, string, string]>(label);
    return {
      kind: 'count-note',
      owner,
      name,
      by: BigInt(by),
      mayCreate: mayCreate === 1,
      ...idOf(requestId),
    };
  },
};

/**
 * The operation that a slot holds. A batch comes without its text: that lies in the ring. The values of notes are the
 * bytes that lie there.
 */
export function decodeOperation(numbers: SlotNumbers, label: string, beside: Beside): Operation {
  const kind = KINDS[numbers[0] % AGAIN];
  if (kind === undefined) throw new RangeError(`no operation has the code ${numbers[0]}`);
  return DECODERS[kind](numbers, label, beside);
}
