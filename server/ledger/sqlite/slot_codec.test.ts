import { COMPLETE, Draw } from '../draw';
import type { Answers, Operation, OperationKind, OperationOf } from '../operation';
import { decodeAnswer, encodeAnswer, LargeAnswer } from './answer_codec';
import { again, Beside, decodeOperation, encodeOperation, END_CODE, isAgain, isPlace } from './slot_codec';
import { labelOf, textOf } from './slot_texts';

const DRAW: Draw = { ...COMPLETE, winnerNumber: 7, winners: new Map(), bets: 0 };
const noteOf = (name: string, value: string, flags = 0) => ({ name, value: Buffer.from(value), flags });

/** An operation of each kind as the writer sees it. */
const OPERATIONS: { readonly [K in OperationKind]: OperationOf<K> } = {
  place: {
    kind: 'place',
    batch: { agency: 3, batchId: 2, betCount: 5, lastBetId: 9, text: Buffer.alloc(0) },
    isRefusalCounted: true,
  },
  finish: { kind: 'finish', agency: 3, requestId: '7' },
  standing: { kind: 'standing', agency: 3 },
  standings: { kind: 'standings', after: 0, limit: 10 },
  'batch-text': { kind: 'batch-text', agency: 3, batchId: 2 },
  'batch-checks': { kind: 'batch-checks', agency: 3, after: 1, limit: 2 },
  'draw-state': { kind: 'draw-state', winnersOf: undefined },
  refused: { kind: 'refused', action: 'PUT', uri: '/draw', status: 404, requestId: 'a' },
  'close-sale': { kind: 'close-sale', whenMissing: 'call-off' },
  'record-draw': { kind: 'record-draw', draw: DRAW },
  'put-notes': { kind: 'put-notes', owner: 3, notes: [noteOf('n', 'value')], condition: undefined },
  'get-note': { kind: 'get-note', owner: 0, name: '._~:-', requestId: 'x:1' },
  'delete-note': { kind: 'delete-note', owner: 3, name: 'n', condition: { sequence: 12, position: 3 } },
  'list-notes': { kind: 'list-notes', owner: 3, after: '', limit: 1_000 },
  'count-note': { kind: 'count-note', owner: 3, name: 'n', by: -18446744073709551615n, mayCreate: true },
};

/** What the writer sees of an operation. */
function passed(operation: Operation): unknown {
  const beside: Beside = { draw: () => DRAW, text: () => textOf(operation) ?? Buffer.alloc(0) };
  return decodeOperation(again(encodeOperation(operation)), labelOf(operation), beside);
}

/** What the main thread sees of an answer. */
function answered<K extends OperationKind>(operation: OperationOf<K>, answer: Answers[K]): Answers[K] {
  const { numbers, large } = encodeAnswer(operation, answer);
  const parts: LargeAnswer[] = large === undefined ? [] : [structuredClone(large)];
  return decodeAnswer(operation, numbers, () => parts.shift());
}

test.each(Object.values(OPERATIONS))('$kind arrives as it was submitted', (operation) => {
  expect(passed(operation)).toEqual(operation);
});

test('no operation has the code of the end, and one that comes again has no code of another', () => {
  const codes = Object.values(OPERATIONS).map((operation) => encodeOperation(operation)[0]);
  expect(new Set([...codes, END_CODE]).size).toBe(codes.length + 1);
  for (const operation of Object.values(OPERATIONS)) {
    const numbers = encodeOperation(operation);
    expect([isAgain(numbers), isAgain(again(numbers))]).toEqual([false, true]);
    expect(isPlace(again(numbers)[0])).toBe(operation.kind === 'place');
  }
  const beside: Beside = { draw: () => DRAW, text: () => Buffer.alloc(0) };
  expect(() => decodeOperation([END_CODE, 0, 0, 0, 0], '', beside)).toThrow(RangeError);
});

test.each([undefined, 'absent', 'present', { sequence: 0, position: 0 }] as const)(
  'several notes arrive with their values, under the condition %j',
  (condition) => {
    const notes = [noteOf('a', '', 0xffff_ffff), noteOf('b'.repeat(200), 'ñ;,\n\0'), noteOf('c', '7', 1)];
    const operation: OperationOf<'put-notes'> = {
      kind: 'put-notes',
      owner: 0,
      notes,
      condition,
      requestId: 'r',
    };
    expect(passed(operation)).toEqual(operation);
  },
);

test('answers about notes arrive as they were given', () => {
  const place = { sequence: 9_007_199_254_740_991, position: 16_382 };
  const put = OPERATIONS['put-notes'];
  const several = { ...put, notes: [noteOf('a', ''), noteOf('b', '')] };
  for (const answer of [{ outcome: 'full' }, { outcome: 'not-met' }] as const) {
    expect(answered(put, answer)).toEqual(answer);
    expect(answered(several, answer)).toEqual(answer);
  }
  for (const isNew of [false, true]) {
    const one = { outcome: 'stored', place, areNew: [isNew] } as const;
    expect(answered(put, one)).toEqual(one);
    const two = { ...one, areNew: [isNew, !isNew] };
    expect(answered(several, two)).toEqual(two);
    const counted = { outcome: 'stored', place, number: 18446744073709551615n, isNew } as const;
    expect(answered(OPERATIONS['count-note'], counted)).toEqual(counted);
  }
  for (const outcome of ['missing', 'no-number', 'full'] as const) {
    expect(answered(OPERATIONS['count-note'], { outcome })).toEqual({ outcome });
  }
  for (const outcome of ['deleted', 'missing', 'not-met'] as const) {
    expect(answered(OPERATIONS['delete-note'], outcome)).toBe(outcome);
  }
  const note = { value: Buffer.from('\0value'), flags: 0xffff_ffff, place };
  expect(answered(OPERATIONS['get-note'], note)).toEqual(note);
  expect(answered(OPERATIONS['get-note'], { ...note, value: Buffer.alloc(0) })?.value).toHaveLength(0);
  expect(answered(OPERATIONS['get-note'], undefined)).toBeUndefined();
  const listed = [{ name: 'a', bytes: 0, place }];
  expect(answered(OPERATIONS['list-notes'], listed)).toEqual(listed);
});
