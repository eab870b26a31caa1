/** Batches and notes in one commit, as the writer carries them out. */
import fc from 'fast-check';

import { batchOf } from '../../testing/bets';
import { COMPLETE, Draw } from '../draw';
import type { Answers, Operation, OperationOf } from '../operation';
import { decodeAnswer, isPostponed, LargeAnswer } from './answer_codec';
import { again, encodeOperation } from './slot_codec';
import { labelOf, textOf } from './slot_texts';
import { Store } from './store';
import { SubmissionReceiver, SubmissionSender, newRingMemory } from './submission_ring';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { query, TERMS } from './testing/open_store';
import { Writer } from './writer';
import type { FromWriter } from './writer_messages';

const TEXT_BYTES = 16 * 1024 * 1024;
const DRAW: Draw = { ...COMPLETE, winnerNumber: undefined, winners: new Map(), bets: 0 };

/** A writer over a ledger of its own. */
class Bench {
  readonly folder = newFolder();
  readonly store = Store.open(this.folder, TERMS);
  readonly sender: SubmissionSender;
  readonly writer: Writer;
  sent: FromWriter[] = [];

  constructor() {
    const memory = newRingMemory(TEXT_BYTES);
    this.sender = new SubmissionSender(memory);
    this.writer = new Writer(this.store, new SubmissionReceiver(memory), {
      send: (message) => this.sent.push(message),
      draw: () => DRAW,
      logMover: { isBusy: false, ask: () => true, wait: () => undefined },
    });
  }

  put(operation: Operation, isAgain = false): void {
    const numbers = encodeOperation(operation);
    const isPut = this.sender.put(isAgain ? again(numbers) : numbers, textOf(operation), labelOf(operation));
    expect(isPut).toBe(true);
  }

  /** Lets the writer carry out one commit. @returns its answers to the first of the operations */
  commit(operations: readonly Operation[]): unknown[] {
    this.sent = [];
    this.sender.publish();
    expect(this.writer.run()).toBe(true);
    const [committed] = this.sent;
    if (committed?.kind !== 'committed') throw new Error('nothing was committed');
    const large = committed.large.values();
    return operations
      .slice(0, committed.operations)
      .map((operation) => this.#answerTo(operation, () => large.next().value));
  }

  /** Carries out operations in one commit. */
  carryOut(operations: readonly Operation[]): unknown[] {
    for (const operation of operations) this.put(operation);
    return this.commit(operations);
  }

  get segments(): { text: string; lines: number }[] {
    return query<{ text: string; lines: string }>(
      this.folder,
      'SELECT CAST(text AS TEXT) AS text, audit_lines AS lines FROM segments ORDER BY sequence',
    ).map(({ text, lines }) => ({ text, lines: lines.split('\n').length - 1 }));
  }

  #answerTo(operation: Operation, large: () => LargeAnswer | undefined): unknown {
    const numbers = this.sender.release();
    return isPostponed(numbers) ? 'postponed' : decodeAnswer(operation, numbers, large);
  }
}

let bench: Bench;
beforeEach(() => (bench = new Bench()));
afterEach(() => bench.store.close());
afterAll(removeFolders);

const place = (agency: number, batchId: number, requestId?: string): OperationOf<'place'> => ({
  kind: 'place',
  batch: batchOf(agency, batchId, [{ id: batchId }]),
  requestId,
});
const put = (owner: number, values: Record<string, string | Buffer>): OperationOf<'put-notes'> => ({
  kind: 'put-notes',
  owner,
  notes: Object.entries(values).map(([name, value]) => ({
    name,
    value: Buffer.from(value as string),
    flags: 0,
  })),
});
const get = (owner: number, name: string): OperationOf<'get-note'> => ({ kind: 'get-note', owner, name });
const textOfBatches = (...placed: OperationOf<'place'>[]): string =>
  placed.map(({ batch }) => batch.text.toString()).join(';');

test('notes on their own make a segment with lines and no text', () => {
  expect(bench.carryOut([put(1, { a: '1', b: '22' }), put(0, { c: '' })])).toMatchObject([
    { outcome: 'stored', place: { sequence: 1, position: 0 }, areNew: [true, true] },
    { outcome: 'stored', place: { sequence: 1, position: 1 }, areNew: [true] },
  ]);
  expect(bench.segments).toEqual([{ text: '', lines: 3 }]);
});

test('no value gets into the text of a segment, and batches lie where they are said to', () => {
  const batches = [place(1, 1), place(2, 1), place(1, 2), place(3, 1), place(3, 2)] as const;
  const [a, b, c, d, e] = batches;
  const answers = bench.carryOut([
    put(1, { n: 'first;' }),
    a,
    b,
    put(1, { n: 'second' }),
    c,
    d,
    put(2, { n: '' }),
    e,
  ]);
  expect(answers).toMatchObject([
    { place: { sequence: 1, position: 0 } },
    { place: { sequence: 1, position: 0 } },
    { place: { sequence: 1, position: a.batch.text.length + 1 } },
    { place: { sequence: 1, position: 3 } },
    { place: { sequence: 2, position: 0 } },
    { place: { sequence: 2, position: c.batch.text.length + 1 } },
    { place: { sequence: 2, position: 2 } },
    { place: { sequence: 3, position: 0 } },
  ]);
  expect(bench.segments.map(({ text }) => text)).toEqual([
    textOfBatches(a, b),
    textOfBatches(c, d),
    textOfBatches(e),
  ]);
});

test('a batch that is not stored leaves the others right, with notes between', () => {
  bench.carryOut([place(1, 1)]);
  const [again1, second, third] = [place(1, 1), place(1, 2), place(1, 3)];
  const answers = bench.carryOut([again1, second, put(1, { n: 'v' }), third, get(1, 'n')]);
  expect(answers).toMatchObject([
    { outcome: 'already-stored' },
    { outcome: 'stored', place: { sequence: 2, position: 0 } },
    { outcome: 'stored' },
    { outcome: 'stored', place: { sequence: 3, position: 0 } },
    { value: Buffer.from('v') },
  ]);
  expect(bench.segments.slice(1).map(({ text }) => text)).toEqual([
    textOfBatches(second),
    textOfBatches(third),
  ]);
});

test('a commit ends when it has taken enough of values, of names, or of notes', () => {
  const large = Array.from({ length: 4 }, (_, index) => put(1, { [`n${index}`]: Buffer.alloc(400_000) }));
  expect(bench.carryOut(large)).toHaveLength(3);
  bench.commit(large.slice(3));
  const names = Array.from({ length: 1_000 }, (_, index) => [`${index}`.padEnd(200, 'n'), ''] as const);
  const many = Array.from({ length: 3 }, () => put(2, Object.fromEntries(names)));
  expect(bench.carryOut(many)).toHaveLength(1);
  while (bench.sender.operations > 0) bench.commit(many.slice(-bench.sender.operations));
  const counts = Array.from({ length: 5_000 }, (): Operation => ({
    kind: 'count-note',
    owner: 3,
    name: 'n',
    by: 1n,
    mayCreate: true,
  }));
  const counted = bench.carryOut(counts);
  expect(counted.length).toBeLessThan(1_100);
  expect(counted.at(-1)).toMatchObject({ number: BigInt(counted.length) });
});

test('a value that would be too much to read is read in a later commit, as it is then', () => {
  bench.carryOut([put(1, { a: Buffer.alloc(700_000, 'a') })]);
  bench.carryOut([put(1, { b: Buffer.alloc(700_000, 'b') })]);
  const write = put(1, { b: 'later' });
  expect(bench.carryOut([get(1, 'a'), get(1, 'b'), write])).toMatchObject([
    { flags: 0 },
    'postponed',
    { outcome: 'stored' },
  ]);
  bench.put(get(1, 'a'));
  bench.put(get(1, 'b'), true);
  expect(bench.commit([get(1, 'a'), get(1, 'b')])[1]).toMatchObject({ value: Buffer.from('later') });
  const lines = query<{ lines: string }>(
    bench.folder,
    "SELECT group_concat(audit_lines, '') AS lines FROM segments",
  );
  expect(lines[0]!.lines.split('\n').slice(2, -1)).toEqual([
    'GET,/agencies/1/notes/a,200,0',
    'PUT,/agencies/1/notes/b,200,0',
    'GET,/agencies/1/notes/a,200,0',
    'GET,/agencies/1/notes/b,200,0',
  ]);
});

/** Batches and notes in any order, with and without a label beside the batch. */
const mixes = fc.array(
  fc.oneof(
    fc.record({
      agency: fc.integer({ min: 1, max: 3 }),
      batchId: fc.integer({ min: 1, max: 6 }),
      id: fc.boolean(),
    }),
    fc.record({ owner: fc.integer({ min: 0, max: 2 }), value: fc.string({ maxLength: 30 }) }),
    fc.record({ asked: fc.integer({ min: 1, max: 3 }) }),
  ),
  { minLength: 1, maxLength: 40 },
);

test('any mix stores each batch whole where it is said to be, and each note as it was written last', () => {
  fc.assert(
    fc.property(mixes, (mix) => {
      const own = new Bench();
      const operations = mix.map((step): Operation => {
        if ('asked' in step) return { kind: 'standing', agency: step.asked };
        if ('owner' in step) return put(step.owner, { n: step.value });
        return place(step.agency, step.batchId, step.id ? 'r' : undefined);
      });
      const answers = own.carryOut(operations);
      for (const [index, operation] of operations.entries()) {
        if (operation.kind !== 'place') continue;
        const { place: placed } = answers[index] as Answers['place'] & {
          place: { sequence: number; position: number };
        };
        const text = own.segments[placed.sequence - 1]!.text;
        expect(text.startsWith(operation.batch.text.toString(), placed.position)).toBe(true);
      }
      const batches = query<{ bytes: number; count: number }>(
        own.folder,
        'SELECT coalesce(sum(byte_length + 1), 0) AS bytes, count(*) AS count FROM batches',
      );
      const stored = own.segments.filter(({ text }) => text !== '');
      expect(stored.reduce((sum, { text }) => sum + text.length + 1, 0)).toBe(batches[0]!.bytes);
      const last = new Map(
        mix.flatMap((step) => ('owner' in step ? [[step.owner, step.value] as const] : [])),
      );
      for (const [owner, value] of last)
        expect(own.store.notes.get(owner, 'n')?.value.toString()).toBe(value);
      own.store.close();
    }),
    { numRuns: 40 },
  );
});
