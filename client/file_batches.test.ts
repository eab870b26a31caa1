import { appendFileSync, readdirSync, readlinkSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { checkBatch } from '../protocol/checked_batch';
import { RequestDecoder } from '../protocol/request_decoder';
import { OperationError } from '../program/exit';
import { Batch } from './batch_source';
import { checkedFiles, NOTHING_STORED, SourceRig } from './testing/source_rig';
import { TemporaryFolder } from './testing/temporary_folder';

const folder = new TemporaryFolder();
afterAll(() => folder.remove());

/** A file of so many rows; those with these numbers are no bets. */
function rowsFile(rows: number, wrong: readonly number[] = []): string {
  const text = Array.from({ length: rows }, (_, index) => {
    const row = index + 1;
    return wrong.includes(row) ? `Ana;,Sosa,${row},1980-01-02,7\n` : `Ana,Sosa,${row},1980-01-02,7\n`;
  });
  return folder.write(text.join(''));
}

/** The ids of the bets of each batch; the batch itself is checked as the server does it. */
function betIds(batches: readonly Batch[]): number[][] {
  return batches.map(({ bytes, batchId, betCount }) => {
    const decoder = new RequestDecoder();
    decoder.push(bytes);
    const request = decoder.next();
    if (request?.type !== 'BET') throw new Error('no BET');
    const checked = checkBatch(request);
    expect([checked.batchId, checked.betCount, checked.agency]).toEqual([batchId, betCount, 1]);
    return checked.text
      .toString()
      .split(';')
      .map((bet) => Number(bet.split(',')[1]));
  });
}

function numbersTo(last: number, first = 1): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** How often this process has the file open. */
function openHandles(path: string): number {
  const descriptors = '/proc/self/fd';
  return readdirSync(descriptors).filter((name) => {
    try {
      return readlinkSync(join(descriptors, name)) === path;
    } catch {
      // The descriptor of the listing itself is closed by now.
      return false;
    }
  }).length;
}

async function untilClosed(path: string): Promise<void> {
  while (openHandles(path) > 0) await new Promise((resolve) => setImmediate(resolve));
}

describe('batches of a file', () => {
  test('have the amount asked for, the last one less; ids count up from 1', async () => {
    const batches = await (await SourceRig.of(rowsFile(10), 4)).start().all();
    expect(batches.map(({ batchId, betCount }) => [batchId, betCount])).toEqual([
      [1, 4],
      [2, 4],
      [3, 2],
    ]);
    expect(betIds(batches)).toEqual([numbersTo(4), numbersTo(8, 5), [9, 10]]);
  });

  test('the last one is whole when the rows divide', async () => {
    expect(betIds(await (await SourceRig.of(rowsFile(8), 4)).start().all())).toEqual([
      numbersTo(4),
      numbersTo(8, 5),
    ]);
  });

  test.each([1, 7, 200, 9_999])('of %d bets hold each row of a large file once', async (maxAmount) => {
    const batches = await (await SourceRig.of(rowsFile(10_500), maxAmount)).start().all();
    expect(betIds(batches).flat()).toEqual(numbersTo(10_500));
    expect(batches.slice(0, -1).every(({ betCount }) => betCount === maxAmount)).toBe(true);
    expect(batches.map(({ batchId }) => batchId)).toEqual(numbersTo(batches.length));
  });

  test('of a file that is empty, or holds no bet: none', async () => {
    expect(await (await SourceRig.of(folder.write(''), 3)).start().all()).toEqual([]);
    const rig = await SourceRig.of(rowsFile(3, [1, 2, 3]), 3);
    expect(await rig.start().all()).toEqual([]);
  });

  test('leave out the rows that are no bets, and report them; the ids of the others stay their rows', async () => {
    const rig = await SourceRig.of(rowsFile(6, [2, 6]), 3);
    expect(betIds(await rig.start().all())).toEqual([[1, 3, 4], [5]]);
  });

  test('of several files follow each other: ids and rows go on, and each file begins a batch', async () => {
    const files = [rowsFile(5, [2]), rowsFile(4), rowsFile(1)];
    for (const keeps of [false, true]) {
      const batches = await (await SourceRig.of(files, 3, keeps)).start().all();
      expect(betIds(batches)).toEqual([[1, 3, 4], [5], [6, 7, 8], [9], [10]]);
      expect(batches.map(({ batchId }) => batchId)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test('are the same bytes, whether the check has kept them or the file is read again', async () => {
    const path = rowsFile(10_500, [7, 900]);
    const bytes = async (keeps: boolean): Promise<Buffer> => {
      const batches = await (await SourceRig.of(path, 100, keeps)).start().all();
      return Buffer.concat(batches.map((batch) => batch.bytes));
    };
    expect((await bytes(true)).equals(await bytes(false))).toBe(true);
  });
});

describe('what the check has kept', () => {
  test('is not given out where the server has something, nor a second time', async () => {
    const rig = await SourceRig.of(rowsFile(10), 4, true);
    expect(betIds(await rig.start({ lastBatchId: 1, lastBetId: 4, bets: 4 }).all())).toEqual([
      [5, 6, 7, 8],
      [9, 10],
    ]);
    const again = await SourceRig.of(rowsFile(10), 4, true);
    for (let start = 0; start < 2; start++) {
      expect(betIds(await again.start().all())).toEqual([
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 10],
      ]);
    }
  });

  test('takes a bounded amount of memory, however small the batches are', async () => {
    const checked = await checkedFiles([rowsFile(5_000)], 1);
    expect(checked).toMatchObject({ rows: 5_000, bets: 5_000, batches: undefined });
  });
});

describe('a file that has changed since it was checked', () => {
  test('gives no batch', async () => {
    const path = rowsFile(10);
    const rig = await SourceRig.of(path, 4);
    appendFileSync(path, 'Ana,Sosa,11,1980-01-02,7\n');
    expect((await rig.start().failure()).message).toMatch(/: has changed while it was read/);
  });

  test('while it is read again, comes to no end', async () => {
    const path = rowsFile(60_000);
    const rig = (await SourceRig.of(path, 50)).start();
    await rig.changed();
    appendFileSync(path, 'Ana,Sosa,11,1980-01-02,7\n');
    await expect(rig.all()).rejects.toThrow(/: has changed while it was read/);
    await untilClosed(path);
  });

  test('is found out behind the last batch too', async () => {
    const path = rowsFile(10);
    const rig = await SourceRig.of(path, 4, true);
    await rig.start().all();
    rig.source.requireUnchanged();
    utimesSync(path, 1, 1);
    expect(() => rig.source.requireUnchanged()).toThrow(OperationError);
  });
});

test('a start that is a mistake fails before any batch', async () => {
  const rig = await SourceRig.of(rowsFile(3), 2, true, () => {
    throw new OperationError('not from there');
  });
  expect((await rig.start().failure()).message).toBe('not from there');
});

describe('a start behind what the server has', () => {
  test('goes on with the next ids, and with another amount', async () => {
    const rig = (await SourceRig.of(rowsFile(10), 4)).start({ lastBatchId: 5, lastBetId: 3, bets: 3 });
    const batches = await rig.all();
    expect(batches.map(({ batchId }) => batchId)).toEqual([6, 7]);
    expect(betIds(batches)).toEqual([numbersTo(7, 4), numbersTo(10, 8)]);
  });

  test('counts only bets among the rows before', async () => {
    const rig = (await SourceRig.of(rowsFile(6, [2, 6]), 2)).start({ lastBatchId: 1, lastBetId: 3, bets: 2 });
    expect(betIds(await rig.all())).toEqual([[4, 5]]);
  });

  test('behind the last row has no batch and no failure', async () => {
    const rig = (await SourceRig.of(rowsFile(6, [6]), 2)).start({ lastBatchId: 3, lastBetId: 5, bets: 5 });
    expect(await rig.all()).toEqual([]);
  });

  test('in the middle of a large file', async () => {
    const rig = (await SourceRig.of(rowsFile(25_000), 1_000)).start({
      lastBatchId: 9,
      lastBetId: 12_345,
      bets: 12_345,
    });
    const batches = await rig.all();
    expect(batches[0]?.batchId).toBe(10);
    expect(betIds(batches).flat()).toEqual(numbersTo(25_000, 12_346));
  });

  test.each([
    ['more bets than rows up to there: a gap', { lastBatchId: 1, lastBetId: 3, bets: 7 }],
    ['fewer bets than rows up to there: another file', { lastBatchId: 1, lastBetId: 3, bets: 2 }],
    ['bets behind the end of the file', { lastBatchId: 9, lastBetId: 90, bets: 90 }],
    ['bets behind the end of the file, as many as there are', { lastBatchId: 9, lastBetId: 11, bets: 11 }],
    ['bets, but no batch up to which all are there', { lastBatchId: 0, lastBetId: 0, bets: 5 }],
  ])('where the server has %s: fails before any batch', async (_, from) => {
    const error = await (await SourceRig.of(rowsFile(10), 2)).start(from).failure();
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toContain(`the server has ${from.bets} bets of agency 1`);
    expect(error.message).not.toContain('\n');
  });
});

describe('a start again', () => {
  test('begins anew, from another place', async () => {
    const rig = await SourceRig.of(rowsFile(9, [2, 8]), 2);
    await rig.start().all();
    expect(betIds(await rig.start({ lastBatchId: 1, lastBetId: 3, bets: 2 }).all())).toEqual([
      [4, 5],
      [6, 7],
      [9],
    ]);
  });

  test('while the file is being opened or read gives the batches of the last start only', async () => {
    const path = rowsFile(40_000);
    const rig = await SourceRig.of(path, 500);
    rig.start();
    rig.start();
    await rig.changed();
    rig.source.next();
    rig.start({ lastBatchId: 7, lastBetId: 100, bets: 100 });
    const batches = await rig.all();
    expect(batches[0]?.batchId).toBe(8);
    expect(betIds(batches).flat()).toEqual(numbersTo(40_000, 101));
    await untilClosed(path);
  });

  test('after the end is at no end any more', async () => {
    const rig = await SourceRig.of(rowsFile(3), 2);
    await rig.start().all();
    rig.start();
    expect(rig.source.isAtEnd).toBe(false);
    expect(await rig.all()).toHaveLength(2);
  });
});

describe('the store', () => {
  test('is filled no further than is asked for: a chunk, and the least that is kept', async () => {
    const rig = (await SourceRig.of(rowsFile(60_000), 50)).start();
    const mostBatches = 8 + (16 * 1024) / (50 * 'Ana,Sosa,1,1980-01-02,7\n'.length);
    let taken = 0;
    while (!rig.source.isAtEnd) {
      await rig.changed();
      let atOnce = 0;
      while (rig.source.next() !== undefined) atOnce++;
      expect(atOnce).toBeLessThanOrEqual(mostBatches);
      taken += atOnce;
    }
    expect(taken).toBe(60_000 / 50);
  });
});

describe('close', () => {
  test.each<[string, (rig: SourceRig) => Promise<void>]>([
    ['at once', () => Promise.resolve()],
    ['behind the first chunk', (rig) => rig.changed()],
    [
      'in the middle of a read',
      async (rig) => {
        await rig.changed();
        while (rig.source.next() !== undefined);
      },
    ],
    [
      'at the end',
      async (rig) => {
        await rig.all();
      },
    ],
  ])('%s leaves no file open, and nothing is told afterwards', async (_, play) => {
    const path = rowsFile(20_000);
    const rig = (await SourceRig.of(path, 100)).start();
    await play(rig);
    const { changes } = rig;
    rig.source.close();
    expect(rig.source.next()).toBeUndefined();
    expect(rig.source.isAtEnd).toBe(false);
    await untilClosed(path);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.changes).toBe(changes);
  });

  test('before any start does nothing', async () => {
    (await SourceRig.of(rowsFile(1), 1)).source.close();
  });

  test('keeps a failure that comes afterwards to itself', async () => {
    const path = rowsFile(3);
    const { source } = await SourceRig.of(path, 1);
    rmSync(path);
    let failures = 0;
    source.start(
      NOTHING_STORED,
      () => undefined,
      () => failures++,
    );
    source.close();
    await new Promise((resolve) => setImmediate(resolve));
    await untilClosed(path);
    expect(failures).toBe(0);
  });
});

test('a file that is gone is told through onFailure', async () => {
  const path = rowsFile(3);
  const rig = await SourceRig.of(path, 1);
  rmSync(path);
  const error = await rig.start().failure();
  expect(error).toBeInstanceOf(OperationError);
  expect(error.message).toContain(`${path}: cannot be read: `);
});
