import { batchOf } from '../../testing/bets';
import { withDigest } from './batch_digest';
import type { Operation } from './operation';
import { OperationQueue, Pending } from './operation_queue';

const pending = (operation: Operation): Pending => ({ operation, settle: () => {}, reject: () => {} });
const LINE = pending({ kind: 'refused', action: 'GET', uri: '/', status: 404 });
const LIST = pending({ kind: 'standings', after: 0, limit: 1_000 });
const TEXT = pending({ kind: 'batch-text', agency: 1, batchId: 1, requestId: undefined });

const NOTE = pending({ kind: 'get-note', owner: 1, name: 'n' });
const COUNT = pending({ kind: 'count-note', owner: 1, name: 'n', by: 1n, mayCreate: true });
const NOTES = pending({ kind: 'list-notes', owner: 1, after: '', limit: 1_000 });

function putOf(bytes: number): Pending {
  const notes = [0, 1].map((index) => ({ name: `n${index}`, value: Buffer.alloc(bytes / 2 - 2), flags: 0 }));
  return pending({ kind: 'put-notes', owner: 1, notes });
}

function placeOf(bytes: number): Pending {
  const batch = { ...withDigest(batchOf(1, 1)), text: Buffer.alloc(bytes) };
  return pending({ kind: 'place', batch, ask: undefined, requestId: undefined });
}

test.each<[string, Pending, number, number]>([
  ['operations', LINE, 5_000, 4_096],
  ['bytes of text', placeOf(400 * 1024), 5, 2],
  ['large reads', TEXT, 9, 1],
  ['bytes of notes', putOf(400 * 1024), 5, 2],
  ['changes of notes', COUNT, 2_000, 1_024],
  ['reads of notes', NOTE, 100, 64],
  ['lists of notes', NOTES, 100, 64],
  ['sums of many', LIST, 9, 1],
  ['one text that is larger than a group', placeOf(2 * 1024 * 1024), 2, 1],
])('a group is bounded by its %s', (_, one, count, expected) => {
  const queue = new OperationQueue(Infinity);
  for (let put = 0; put < count; put++) expect(queue.put(one)).toBe(true);
  expect(queue.nextGroup()).toHaveLength(expected);
  queue.release();
  expect(queue.nextGroup()).toHaveLength(Math.min(expected, count - expected));
});

test('sums of many are a group of their own, in their order', () => {
  const queue = new OperationQueue(Infinity);
  for (const one of [LINE, LIST, LINE, LINE, LIST]) queue.put(one);
  const kinds = Array.from({ length: 4 }, () => {
    const group = queue.nextGroup().map(({ operation }) => operation.kind);
    queue.release();
    return group;
  });
  expect(kinds).toEqual([['refused'], ['standings'], ['refused', 'refused'], ['standings']]);
});

test('what waits is bounded, and counted until it is answered', () => {
  const queue = new OperationQueue(3 * 1024 + 10);
  expect([placeOf(10), LINE, LINE, LINE].map((one) => queue.put(one))).toEqual([true, true, true, false]);
  expect(queue.bytes).toBe(3 * 1024 + 10);
  queue.nextGroup();
  expect(queue.isEmpty).toBe(false);
  queue.release();
  expect([queue.bytes, queue.isEmpty]).toEqual([0, true]);
});

test('notes that are to be written have their own room', () => {
  const queue = new OperationQueue(2 * 1024);
  const large = putOf(8 * 1024 * 1024);
  expect([large, large, large, LINE, COUNT, LINE].map((one) => queue.put(one))).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
  ]);
  expect(queue.bytes).toBe(2 * (8 * 1024 * 1024 + 1024) + 2 * 1024);
  queue.nextGroup();
  queue.release();
  expect(queue.put(large)).toBe(true);
});

test('what a group has postponed stays, in its order and before all others', () => {
  const queue = new OperationQueue(Infinity);
  const [first, second, third, last] = [placeOf(1), placeOf(2), placeOf(3), placeOf(4)];
  for (const one of [first, second, third]) queue.put(one);
  queue.nextGroup();
  queue.put(last);
  queue.release((index) => index > 0);
  expect(queue.bytes).toBe(3 * 1024 + 9);
  expect(queue.nextGroup()).toEqual([second, third, last]);
});
