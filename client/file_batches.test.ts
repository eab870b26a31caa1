import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { checkBatch } from '../protocol/checked_batch';
import { RequestDecoder } from '../protocol/request_decoder';
import { OperationError } from '../program/exit';
import { Batch, StartingPoint } from './batch_source';
import { FileBatches } from './file_batches';
import { TemporaryFolder } from './testing/temporary_folder';

const NOTHING_STORED: StartingPoint = { lastBatchId: 0, lastBetId: 0, bets: 0 };
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

/** A source, and waiting for what it tells. */
class SourceRig {
  readonly reported: string[] = [];
  readonly source: FileBatches;
  #changes = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(path: string, maxAmount: number) {
    this.source = new FileBatches(path, 1, maxAmount, (place, { field }) =>
      this.reported.push(`row ${place.row}, line ${place.line}: ${field}`),
    );
  }

  get changes(): number {
    return this.#changes;
  }

  start(from: Partial<StartingPoint> = {}): this {
    this.#changes = 0;
    this.source.start(
      { ...NOTHING_STORED, ...from },
      () => {
        this.#changes++;
        this.#wake();
      },
      (error) => {
        this.#failure = error;
        this.#wake();
      },
    );
    return this;
  }

  /** Waits for the next call. */
  changed(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** All batches that come, to the end; rejected with the source's failure. */
  async all(): Promise<Batch[]> {
    const batches: Batch[] = [];
    for (;;) {
      const batch = this.source.next();
      if (batch !== undefined) batches.push(batch);
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.source.isAtEnd) return batches;
      else await this.changed();
    }
  }

  /** What makes the source give up; the batches before it must be none. */
  async failure(): Promise<Error> {
    while (this.#failure === undefined) await this.changed();
    expect(this.source.next()).toBeUndefined();
    return this.#failure;
  }
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
    const batches = await new SourceRig(rowsFile(10), 4).start().all();
    expect(batches.map(({ batchId, betCount }) => [batchId, betCount])).toEqual([
      [1, 4],
      [2, 4],
      [3, 2],
    ]);
    expect(betIds(batches)).toEqual([numbersTo(4), numbersTo(8, 5), [9, 10]]);
  });

  test('the last one is whole when the rows divide', async () => {
    expect(betIds(await new SourceRig(rowsFile(8), 4).start().all())).toEqual([
      numbersTo(4),
      numbersTo(8, 5),
    ]);
  });

  test.each([1, 7, 200, 9_999])('of %d bets hold each row of a large file once', async (maxAmount) => {
    const batches = await new SourceRig(rowsFile(10_500), maxAmount).start().all();
    expect(betIds(batches).flat()).toEqual(numbersTo(10_500));
    expect(batches.slice(0, -1).every(({ betCount }) => betCount === maxAmount)).toBe(true);
    expect(batches.map(({ batchId }) => batchId)).toEqual(numbersTo(batches.length));
  });

  test('of a file that is empty, or holds no bet: none', async () => {
    expect(await new SourceRig(folder.write(''), 3).start().all()).toEqual([]);
    const rig = new SourceRig(rowsFile(3, [1, 2, 3]), 3);
    expect(await rig.start().all()).toEqual([]);
    expect(rig.reported).toHaveLength(3);
  });

  test('leave out the rows that are no bets, and report them; the ids of the others stay their rows', async () => {
    const rig = new SourceRig(rowsFile(6, [2, 6]), 3);
    expect(betIds(await rig.start().all())).toEqual([[1, 3, 4], [5]]);
    expect(rig.reported).toEqual(['row 2, line 2: first_name', 'row 6, line 6: first_name']);
  });

  test('report the line of a row that follows line breaks in quotes', async () => {
    const good = 'Ana,Sosa,1,1980-01-02,7';
    const rig = new SourceRig(folder.write(`${good}\n"A\nB",C,1,1980-01-02,7\n\nbad\n${good}\n`), 9);
    expect(betIds(await rig.start().all())).toEqual([[1, 4]]);
    expect(rig.reported).toEqual(['row 2, line 2: first_name', 'row 3, line 5: row']);
  });

  test('tell at the end how much was read', async () => {
    const path = rowsFile(5_000);
    const rig = new SourceRig(path, 100);
    expect(rig.source.progress).toEqual({ readBytes: 0, fileBytes: 0 });
    await rig.start().all();
    const { readBytes, fileBytes } = rig.source.progress;
    expect(readBytes).toBe(fileBytes);
    expect(fileBytes).toBeGreaterThan(64 * 1024);
  });
});

describe('a start behind what the server has', () => {
  test('goes on with the next ids, and with another amount', async () => {
    const rig = new SourceRig(rowsFile(10), 4).start({ lastBatchId: 5, lastBetId: 3, bets: 3 });
    const batches = await rig.all();
    expect(batches.map(({ batchId }) => batchId)).toEqual([6, 7]);
    expect(betIds(batches)).toEqual([numbersTo(7, 4), numbersTo(10, 8)]);
  });

  test('counts only bets among the rows before', async () => {
    const rig = new SourceRig(rowsFile(6, [2, 6]), 2).start({ lastBatchId: 1, lastBetId: 3, bets: 2 });
    expect(betIds(await rig.all())).toEqual([[4, 5]]);
  });

  test('behind the last row has no batch and no failure', async () => {
    const rig = new SourceRig(rowsFile(6, [6]), 2).start({ lastBatchId: 3, lastBetId: 5, bets: 5 });
    expect(await rig.all()).toEqual([]);
  });

  test('in the middle of a large file', async () => {
    const rig = new SourceRig(rowsFile(25_000), 1_000).start({
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
    const error = await new SourceRig(rowsFile(10), 2).start(from).failure();
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toContain(`the server has ${from.bets} bets of agency 1`);
    expect(error.message).not.toContain('\n');
  });
});

describe('a start again', () => {
  test('begins anew, from another place, and reports no row twice', async () => {
    const rig = new SourceRig(rowsFile(9, [2, 8]), 2);
    await rig.start().all();
    expect(betIds(await rig.start({ lastBatchId: 1, lastBetId: 3, bets: 2 }).all())).toEqual([
      [4, 5],
      [6, 7],
      [9],
    ]);
    expect(rig.reported).toEqual(['row 2, line 2: first_name', 'row 8, line 8: first_name']);
  });

  test('while the file is being opened or read gives the batches of the last start only', async () => {
    const path = rowsFile(40_000);
    const rig = new SourceRig(path, 500);
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
    const rig = new SourceRig(rowsFile(3), 2);
    await rig.start().all();
    rig.start();
    expect(rig.source.isAtEnd).toBe(false);
    expect(await rig.all()).toHaveLength(2);
  });
});

describe('the store', () => {
  test('is filled no further than is asked for', async () => {
    const rig = new SourceRig(rowsFile(60_000), 50).start();
    await rig.changed();
    const { readBytes, fileBytes } = rig.source.progress;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(rig.source.progress.readBytes).toBe(readBytes);
    expect(rig.changes).toBe(1);
    expect(fileBytes).toBeGreaterThan(20 * readBytes);
    expect(betIds(await rig.all()).flat()).toEqual(numbersTo(60_000));
  });

  test('never runs further ahead of what was taken than a chunk and the least that is kept', async () => {
    const row = 'Ana,Sosa,13414422,1963-11-07,7829\n';
    const rig = new SourceRig(folder.write(row.repeat(100_000)), 1_000).start();
    const chunkBytes = 64 * 1024;
    const keptBytes = 8 * 1_000 * row.length;
    let takenBytes = 0;
    while (!rig.source.isAtEnd) {
      const batch = rig.source.next();
      takenBytes += (batch?.betCount ?? 0) * row.length;
      expect(rig.source.progress.readBytes - takenBytes).toBeLessThanOrEqual(keptBytes + 2 * chunkBytes);
      if (batch === undefined) await rig.changed();
    }
    expect(takenBytes).toBe(100_000 * row.length);
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
    const rig = new SourceRig(path, 100).start();
    await play(rig);
    const { changes } = rig;
    rig.source.close();
    expect(rig.source.next()).toBeUndefined();
    expect(rig.source.isAtEnd).toBe(false);
    await untilClosed(path);
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.changes).toBe(changes);
  });

  test('before any start does nothing', () => {
    new SourceRig('/no/such/file', 1).source.close();
  });

  test('keeps a failure that comes afterwards to itself', async () => {
    let failures = 0;
    const source = new FileBatches('/no/such/file', 1, 1, () => undefined);
    source.start(
      NOTHING_STORED,
      () => undefined,
      () => failures++,
    );
    source.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(failures).toBe(0);
  });
});

describe('a failure is told through onFailure', () => {
  test('of a missing file', async () => {
    const error = await new SourceRig('/no/such/file.csv', 1).start().failure();
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/^\/no\/such\/file.csv: cannot be read: /);
  });

  test('of a folder', async () => {
    expect((await new SourceRig(folder.path, 1).start().failure()).message).toContain(
      'it is no regular file',
    );
  });

  test('of a file that is no CSV, behind the batches before it; no file stays open', async () => {
    const path = folder.write(`${'Ana,Sosa,1,1980-01-02,7\n'.repeat(10)}"Ana,Sosa\n`);
    const rig = new SourceRig(path, 3).start();
    await expect(rig.all()).rejects.toThrow(/: line 11: CSV_QUOTE_NOT_CLOSED/);
    await untilClosed(path);
  });
});
