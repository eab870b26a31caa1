import { batchOf } from '../../testing/bets';
import type { Operation } from '../operation';
import { PostponedReads } from './postponed_reads';

const reading = (agency: number, batchId: number): { readonly operation: Operation } => ({
  operation: { kind: 'batch-text', agency, batchId },
});

/** Takes all, one by one. */
function takeAll(postponed: PostponedReads<{ readonly operation: Operation }>): Operation[] {
  const taken: Operation[] = [];
  for (let { next } = postponed; next !== undefined; next = postponed.next) {
    taken.push(next.operation);
    postponed.take();
  }
  return taken;
}

test('agencies come in turns, and what one asks for in its order', () => {
  const postponed = new PostponedReads();
  for (const batchId of [1, 2, 3]) postponed.add(reading(7, batchId));
  postponed.add(reading(8, 1));
  postponed.add({ operation: { kind: 'standings', after: 0, limit: 10 } });
  expect(postponed.operations).toBe(5);
  expect(takeAll(postponed)).toMatchObject([
    { agency: 7, batchId: 1 },
    { agency: 8, batchId: 1 },
    { kind: 'standings' },
    { agency: 7, batchId: 2 },
    { agency: 7, batchId: 3 },
  ]);
  expect(postponed.operations).toBe(0);
});

test("an agency's notes have their turn with its batches, and the lottery's with what concerns many", () => {
  const postponed = new PostponedReads();
  for (const batchId of [1, 2]) postponed.add(reading(7, batchId));
  postponed.add({ operation: { kind: 'get-note', owner: 7, name: 'of 7' } });
  postponed.add({ operation: { kind: 'list-notes', owner: 0, after: '', limit: 10 } });
  postponed.add({ operation: { kind: 'standings', after: 0, limit: 10 } });
  expect(takeAll(postponed)).toMatchObject([
    { agency: 7, batchId: 1 },
    { kind: 'list-notes' },
    { agency: 7, batchId: 2 },
    { kind: 'standings' },
    { name: 'of 7' },
  ]);
});

test('texts are counted', () => {
  const postponed = new PostponedReads();
  const batch = batchOf(1, 1);
  postponed.add({ operation: { kind: 'place', batch } });
  postponed.add({ operation: { kind: 'place', batch } });
  expect(postponed.textBytes).toBe(2 * batch.text.length);
  postponed.take();
  expect(postponed.textBytes).toBe(batch.text.length);
  expect(postponed.clear()).toHaveLength(1);
  expect([postponed.textBytes, postponed.operations, postponed.next]).toEqual([0, 0, undefined]);
});
