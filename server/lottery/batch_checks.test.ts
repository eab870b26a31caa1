import { NO_CHECK, payloadCheck } from '../../protocol/payload_check';
import type { BatchCheck } from '../ledger/operation';
import { BatchChecks } from './batch_checks';

const payload = (batchId: number): Buffer => Buffer.from(`;1,${batchId},Ana`);

/** The check values of batches 1 to `count`. */
function checksOf(count: number): BatchCheck[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = payload(index + 1);
    return { lastBetId: (index + 1) * 10, payloadBytes: bytes.length, check: payloadCheck(bytes) };
  });
}

function expected(batchId: number): number {
  let check = NO_CHECK;
  for (let id = 1; id <= batchId; id++) check = payloadCheck(payload(id), check);
  return check;
}

/** A ledger of so many batches, and the pages that were read of it. */
function ledgerOf(count: number) {
  const all = checksOf(count);
  const pages: string[] = [];
  const checks = new BatchChecks((agency, after, limit) => {
    pages.push(`${agency}: ${after} + ${limit}`);
    return Promise.resolve(all.slice(after, after + limit));
  });
  return { checks, pages };
}

test('the check value of no batch', async () => {
  const { checks, pages } = ledgerOf(0);
  expect(await checks.upTo(1, 0)).toEqual({ batchId: 0, lastBetId: 0, check: 0 });
  expect(pages).toEqual([]);
});

test('the check value of some is that of their payloads one after the other', async () => {
  const { checks } = ledgerOf(700);
  for (const batchId of [1, 255, 256, 257, 700, 512, 3, 699]) {
    expect(await checks.upTo(1, batchId)).toEqual({
      batchId,
      lastBetId: batchId * 10,
      check: expected(batchId),
    });
  }
});

test('what was computed is not read again, and no question reads more than a page beside what is new', async () => {
  const { checks, pages } = ledgerOf(700);
  await checks.upTo(1, 600);
  expect(pages.splice(0)).toEqual(['1: 0 + 256', '1: 256 + 256', '1: 512 + 88']);
  await checks.upTo(1, 600);
  expect(pages.splice(0)).toEqual([]);
  await checks.upTo(1, 700);
  await checks.upTo(1, 300);
  await checks.upTo(1, 256);
  await checks.upTo(2, 1);
  expect(pages).toEqual(['1: 600 + 100', '1: 256 + 44', '2: 0 + 1']);
});

test('a ledger that gives fewer than were asked for is asked again; one that gives none cannot be read', async () => {
  const all = checksOf(5);
  const slow = new BatchChecks((_, after) => Promise.resolve(all.slice(after, after + 1)));
  expect(await slow.upTo(1, 5)).toMatchObject({ batchId: 5, check: expected(5) });
  const empty = new BatchChecks(() => Promise.resolve([]));
  await expect(empty.upTo(1, 5)).rejects.toMatchObject({ code: 'unavailable' });
});

test('few pages are read at once, whoever asks; a failed read gives its place to the next', async () => {
  const all = checksOf(1);
  let reading = 0;
  let most = 0;
  const checks = new BatchChecks(async (agency) => {
    most = Math.max(most, ++reading);
    await Promise.resolve();
    reading--;
    if (agency % 2 === 0) throw new Error('lost');
    return all;
  });
  const asked = Array.from({ length: 100 }, (_, index) => checks.upTo(index + 1, 1));
  const answers = await Promise.allSettled(asked);
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(50);
  expect(most).toBe(16);
  expect(reading).toBe(0);
});
