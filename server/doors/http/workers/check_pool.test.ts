import { FakeClock } from '../../../../program/testing/fake_clock';
import { isPending } from '../../../testing/settled';
import type { BatchHead } from '../batches/batch_body';
import { CSV_LINE } from '../testing/open_door';
import { CheckPool, CheckPoolLimits } from './check_pool';
import { HeldThread } from './testing/held_thread';

const LIMITS: CheckPoolLimits = { maxWaiting: 2, maxWaitingBytes: 1_000, timeoutMs: 5_000 };
const NEVER = new AbortController().signal;
const headOf = (batchId: number): BatchHead => ({
  form: 'text/csv',
  agency: 1,
  batchId,
  maxPayloadBytes: 100_000,
});
const UNAVAILABLE = { code: 'unavailable' };

function setUp(workers: number, limits: Partial<CheckPoolLimits> = {}) {
  const threads: HeldThread[] = [];
  const lost: string[] = [];
  const clock = new FakeClock();
  const pool = new CheckPool({
    workers,
    clock,
    onLost: (reason) => lost.push(reason),
    start: () => {
      const thread = new HeldThread();
      threads.push(thread);
      return thread;
    },
    limits: { ...LIMITS, ...limits },
  });
  const check = (batchId: number, body = CSV_LINE, signal = NEVER) => {
    const checking = pool.check(headOf(batchId), Buffer.from(body), signal);
    checking.catch(() => undefined);
    return checking;
  };
  const batchesAt = (index: number): number[] => threads[index]!.requests.map(({ head }) => head.batchId);
  return { pool, threads, lost, clock, check, batchesAt };
}

test('a worker is started when a body waits for it, and not before', async () => {
  const { threads, check } = setUp(2);
  expect(threads).toHaveLength(0);
  const first = check(1);
  expect(threads).toHaveLength(1);
  threads[0]!.answer();
  expect(await first).toMatchObject({ agency: 1, batchId: 1, betCount: 1 });
  const second = check(2);
  expect(threads).toHaveLength(1);
  threads[0]!.answer();
  expect((await second).text.toString()).toBe('1,1,Ana,Paz,31204458,1987-03-17,7574');
});

test('bodies are given out in their order, one at a time to each worker', async () => {
  const { threads, check, batchesAt } = setUp(2);
  const all = [1, 2, 3, 4].map((batchId) => check(batchId));
  expect([batchesAt(0), batchesAt(1)]).toEqual([[1], [2]]);
  threads[1]!.answer();
  expect(batchesAt(1)).toEqual([2, 3]);
  threads[0]!.answer();
  expect(batchesAt(0)).toEqual([1, 4]);
  threads[0]!.answer();
  threads[1]!.answer();
  expect((await Promise.all(all)).map(({ batchId }) => batchId)).toEqual([1, 2, 3, 4]);
});

test('a refusal comes back as it was made', async () => {
  const { threads, check } = setUp(1);
  const checking = check(1, '1,Ana,Paz,31204458,1987-02-30,7574\n');
  threads[0]!.answer();
  await expect(checking).rejects.toMatchObject({
    code: 'bad-batch',
    status: 422,
    details: { badBets: 1, errors: [{ position: 1, field: 'birthdate' }] },
  });
});

test('a mistake of the program is no refusal', async () => {
  const { threads, check } = setUp(1);
  const checking = check(1);
  threads[0]!.answer({ kind: 'failed', reason: 'a mistake' });
  await expect(checking).rejects.toEqual(new Error('a mistake'));
});

test.each<[string, Partial<CheckPoolLimits>, string]>([
  ['too many', { maxWaiting: 2 }, CSV_LINE],
  ['too many bytes', { maxWaiting: 100, maxWaitingBytes: 2 * CSV_LINE.length }, CSV_LINE],
])('with %s before it, a body is refused; those that wait are not', async (_, limits, body) => {
  const { pool, threads, check } = setUp(1, limits);
  const taken = [1, 2, 3].map((batchId) => check(batchId, body));
  expect(pool.hasRoom).toBe(false);
  await expect(check(4, body)).rejects.toMatchObject(UNAVAILABLE);
  threads[0]!.answer();
  expect(pool.hasRoom).toBe(true);
  threads[0]!.answer();
  threads[0]!.answer();
  expect((await Promise.all(taken)).map(({ batchId }) => batchId)).toEqual([1, 2, 3]);
});

test('a body that nobody waits for any more gives its place back', async () => {
  const { pool, threads, check, batchesAt } = setUp(1);
  const gone = new AbortController();
  const first = check(1);
  const second = check(2, CSV_LINE, gone.signal);
  const third = check(3);
  expect(pool.hasRoom).toBe(false);
  gone.abort();
  expect(pool.hasRoom).toBe(true);
  await expect(second).rejects.toMatchObject(UNAVAILABLE);
  threads[0]!.answer();
  threads[0]!.answer();
  await Promise.all([first, third]);
  expect(batchesAt(0)).toEqual([1, 3]);
});

test('a worker that dies costs the body that it was at, and is replaced', async () => {
  const { threads, lost, check, batchesAt } = setUp(1);
  const [first, second] = [check(1), check(2)];
  threads[0]!.die();
  await expect(first).rejects.toMatchObject(UNAVAILABLE);
  expect(lost).toEqual(['out of memory']);
  expect(batchesAt(1)).toEqual([2]);
  threads[1]!.answer();
  expect((await second).batchId).toBe(2);
});

test('a worker that dies while it waits is replaced when it is needed', async () => {
  const { threads, lost, check } = setUp(1);
  const first = check(1);
  threads[0]!.answer();
  await first;
  threads[0]!.die();
  expect([threads.length, lost.length]).toEqual([1, 1]);
  const second = check(2);
  threads[1]!.answer();
  expect((await second).batchId).toBe(2);
});

test('a worker that takes too long is ended, and replaced', async () => {
  const { threads, clock, lost, check } = setUp(1);
  const [first, second] = [check(1), check(2)];
  clock.advance(LIMITS.timeoutMs);
  await expect(first).rejects.toMatchObject(UNAVAILABLE);
  expect(threads[0]!.isTerminated).toBe(true);
  expect(lost).toEqual(['it was at one body for 5000 ms']);
  // What it says afterwards is for nobody.
  threads[0]!.answer();
  expect(await isPending(second)).toBe(true);
  threads[1]!.answer();
  expect((await second).batchId).toBe(2);
  expect(clock.timerCount).toBe(0);
});

test('closing refuses what waits and what is under way, and ends the workers', async () => {
  const { pool, threads, lost, clock, check } = setUp(1);
  const all = [check(1), check(2)];
  await pool.close();
  for (const checking of [...all, check(3)]) await expect(checking).rejects.toMatchObject(UNAVAILABLE);
  expect(threads.map(({ isTerminated }) => isTerminated)).toEqual([true]);
  expect([lost.length, clock.timerCount]).toEqual([0, 0]);
});
