import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';

import { CheckedBatch } from '../../../protocol/checked_batch';
import { batchOf } from '../../testing/bets';
import { COMPLETE, Draw } from '../draw';
import { Operation, PLACE_OUTCOMES } from '../operation';
import { LedgerLocked } from './file_lock';
import { again, encodeOperation, END } from './slot_codec';
import { newRingMemory, SubmissionReceiver, SubmissionSender } from './submission_ring';
import { LEDGER_FILE, Store } from './store';
import { newFolder, removeFolders } from './testing/ledger_folder';
import { query, TERMS } from './testing/open_store';
import { Writer } from './writer';
import type { FromWriter } from './writer_messages';

const TEXT_BYTES = 16 * 1024 * 1024;
const DRAW: Draw = { ...COMPLETE, winnerNumber: TERMS.winnerNumber, winners: new Map([[1, '7']]), bets: 1 };

let folder = '';
let store: Store;
let sender: SubmissionSender;
let writer: Writer;
let sent: FromWriter[] = [];
const logMover = { isBusy: false, ask: jest.fn(() => true), wait: jest.fn() };

beforeEach(() => {
  folder = newFolder();
  store = Store.open(folder, TERMS);
  sent = [];
  logMover.isBusy = false;
  logMover.ask.mockReset().mockReturnValue(true);
  logMover.wait.mockReset();
  const memory = newRingMemory(TEXT_BYTES);
  sender = new SubmissionSender(memory);
  writer = new Writer(store, new SubmissionReceiver(memory), {
    send: (message) => sent.push(message),
    draw: () => DRAW,
    logMover,
  });
});
afterEach(() => store.close());
afterAll(removeFolders);

const append = (batch: CheckedBatch): boolean =>
  sender.put(encodeOperation({ kind: 'place', batch }), batch.text);
const put = (operation: Operation): boolean => sender.put(encodeOperation(operation));

/** Lets the writer work until it has answered everything; the answers. */
function answers(): (readonly number[])[] {
  sent = [];
  sender.publish();
  const waiting = sender.operations;
  const answered: (readonly number[])[] = [];
  while (answered.length < waiting) {
    expect(writer.run()).toBe(true);
    const committed = sent.splice(0).find(({ kind }) => kind === 'committed');
    if (committed?.kind !== 'committed') throw new Error('nothing was committed');
    for (let index = 0; index < committed.operations; index++) answered.push(sender.release());
  }
  return answered;
}

const outcomes = (): string[] => answers().map(([outcome]) => PLACE_OUTCOMES[outcome!]!);
const segments = (): number[] =>
  query<{ bytes: number }>(folder, 'SELECT length(text) AS bytes FROM segments ORDER BY sequence').map(
    ({ bytes }) => bytes,
  );

test('operations are carried out together, in their order', () => {
  append(batchOf(1, 1));
  append(batchOf(1, 2, [{ id: 9 }]));
  put({ kind: 'standing', agency: 1 });
  put({ kind: 'finish', agency: 1 });
  append(batchOf(1, 3));
  append(batchOf(1, 1));
  put({ kind: 'close-sale', whenMissing: 'draw' });
  append(batchOf(2, 1));
  sender.publish();
  expect(writer.run()).toBe(true);
  expect(sent).toMatchObject([{ kind: 'committed', operations: 8 }]);
  expect(Array.from({ length: 8 }, () => sender.release())).toEqual([
    [0, 1, 0, 0, 0],
    [0, 1, batchOf(1, 1).text.length + 1, 0, 0],
    [2, 9, 2, 2, 0],
    [1, expect.any(Number), 0, 0, 0],
    [3, 0, 0, 0, 0],
    [1, 1, 0, 0, 0],
    [0, 0, 0, 0, 0],
    [3, 0, 0, 0, 0],
  ]);
});

test('batches whose texts lie side by side become one segment', () => {
  const [one, two, three] = [batchOf(1, 1), batchOf(2, 1), batchOf(1, 2)];
  for (const batch of [one, two, three]) append(batch);
  expect(outcomes()).toEqual(['stored', 'stored', 'stored']);
  expect(segments()).toEqual([one.text.length + 1 + two.text.length + 1 + three.text.length]);
});

test('operations without a text do not part a segment', () => {
  append(batchOf(1, 1));
  put({ kind: 'standing', agency: 1 });
  append(batchOf(1, 2));
  put({ kind: 'finish', agency: 1 });
  answers();
  expect(segments()).toHaveLength(1);
  expect(store.state).toMatchObject({ batches: 2, finishedAgencies: new Set([1]) });
});

test('a segment, and a commit, has a bound; no batch is parted', () => {
  const bets = Array.from({ length: 2_000 }, (_, index) => ({ id: index + 1, firstName: 'x'.repeat(100) }));
  for (let batchId = 1; batchId <= 32; batchId++) append(batchOf(1, batchId, bets));
  const batchBytes = batchOf(1, 1, bets).text.length;
  sender.publish();
  expect(writer.run()).toBe(true);
  const [committed] = sent;
  const operations = committed?.kind === 'committed' ? committed.operations : 0;
  expect(operations).toBe(Math.ceil((1024 * 1024) / batchBytes));
  expect(segments().length).toBeGreaterThan(1);
  for (const bytes of segments()) expect(bytes).toBeLessThanOrEqual(512 * 1024);
  for (let index = 0; index < operations; index++) sender.release();
  expect(outcomes()).toEqual(Array(32 - operations).fill('stored'));
  expect(query(folder, 'SELECT count(*) AS count FROM bets')).toEqual([{ count: 32 * bets.length }]);
});

describe('what was committed is moved from the log into the database, after the answers', () => {
  // Some 1.5 MiB.
  const LARGE = Array.from({ length: 9_000 }, (_, index) => ({ id: index + 1, firstName: 'x'.repeat(100) }));
  let batchId = 0;
  let moveLog: jest.SpyInstance;
  beforeEach(() => {
    batchId = 0;
    moveLog = jest.spyOn(store, 'moveLog');
  });

  const appendLarge = (): void => {
    append(batchOf(1, ++batchId, LARGE));
    expect(outcomes()).toEqual(['stored']);
  };

  test('from time to time, by the thread beside the writer', () => {
    appendLarge();
    expect(logMover.ask).not.toHaveBeenCalled();
    logMover.ask.mockImplementation(() => {
      expect(sent.at(-1)).toMatchObject({ kind: 'committed' });
      return true;
    });
    appendLarge();
    appendLarge();
    expect(logMover.ask).toHaveBeenCalledTimes(1);
    appendLarge();
    expect(logMover.ask).toHaveBeenCalledTimes(2);
    expect(moveLog).not.toHaveBeenCalled();
  });

  test('later, when that thread is busy', () => {
    logMover.isBusy = true;
    logMover.ask.mockReturnValue(false);
    for (let count = 0; count < 4; count++) appendLarge();
    expect(logMover.ask).toHaveBeenCalledTimes(3);
    expect(moveLog).not.toHaveBeenCalled();
  });

  test('by the writer, where there is no such thread', () => {
    logMover.ask.mockReturnValue(false);
    appendLarge();
    appendLarge();
    expect(moveLog).toHaveBeenCalledTimes(1);
  });

  test('to the end by the writer when the log is long, so that it is started over', () => {
    const pagesOf = (): unknown => query(folder, 'PRAGMA wal_checkpoint(PASSIVE)');
    while (moveLog.mock.calls.length === 0) appendLarge();
    expect(batchId).toBeGreaterThan(8);
    expect(batchId).toBeLessThan(16);
    expect(logMover.wait).toHaveBeenCalledTimes(1);
    appendLarge();
    // The log holds only the last commit.
    expect(pagesOf()).toEqual([
      { busy: 0, log: expect.any(Number) as number, checkpointed: expect.any(Number) as number },
    ]);
    expect((pagesOf() as { log: number }[])[0]!.log).toBeLessThan(100);
  });

  test('and what goes wrong with it is told, while nothing has failed but the move', () => {
    logMover.ask.mockReturnValue(false);
    moveLog.mockImplementation(() => {
      throw new Error('disk\nfull');
    });
    appendLarge();
    append(batchOf(1, ++batchId, LARGE));
    sender.publish();
    sent = [];
    expect(writer.run()).toBe(true);
    expect(sent).toMatchObject([
      { kind: 'committed', operations: 1 },
      { kind: 'not-moved', reason: 'disk full' },
    ]);
    sender.release();
    moveLog.mockRestore();
    appendLarge();
    append(batchOf(1, 1, LARGE));
    expect(outcomes()).toEqual(['already-stored']);
  });
});

test('a failed commit answers nothing', () => {
  jest.spyOn(store, 'commit').mockImplementation(() => {
    throw new Error('disk full');
  });
  append(batchOf(1, 1));
  sender.publish();
  expect(() => writer.run()).toThrow('disk full');
  expect(sent).toEqual([]);
});

test('a draw is stored', () => {
  put({ kind: 'record-draw', draw: DRAW });
  answers();
  expect(store.state.draw).toEqual(DRAW);
});

test('the end comes after everything that was put before it', () => {
  append(batchOf(1, 1));
  sender.put(END);
  sender.publish();
  expect(writer.run()).toBe(true);
  expect(sent).toMatchObject([{ kind: 'committed', operations: 1 }]);
  expect(writer.run()).toBe(false);
});

describe('what a commit reads is bounded', () => {
  // Some 700 kB each, of the same length.
  const bets = (firstName: string) =>
    Array.from({ length: 6_000 }, (_, index) => ({ id: index + 1, firstName: firstName.repeat(80) }));
  const LARGE = bets('x');
  const LIKE_LARGE = bets('y');
  const reads = (): jest.SpyInstance => jest.spyOn(store.budget, 'spend');

  beforeEach(() => {
    for (const agency of [1, 2, 3]) append(batchOf(agency, 1, LARGE));
    expect(outcomes()).toEqual(['stored', 'stored', 'stored']);
  });

  test('a batch of another length is a conflict without anything being read', () => {
    const spend = reads();
    for (let count = 0; count < 100; count++) append(batchOf(1, 1));
    sender.publish();
    expect(writer.run()).toBe(true);
    expect(outcomesOf(100)).toEqual(Array(100).fill('conflict'));
    expect(spend).not.toHaveBeenCalled();
  });

  test('one of the same length is compared, and what would be too much is postponed', () => {
    for (const agency of [1, 2]) append(batchOf(agency, 1, agency === 2 ? LIKE_LARGE : LARGE));
    append(batchOf(3, 2));
    expect(outcomes()).toEqual(['already-stored', undefined, 'stored']);
    expect(query(folder, 'SELECT count(*) AS count FROM batches')).toEqual([{ count: 4 }]);
  });

  test('so is what is asked for, with its line', () => {
    for (const agency of [1, 2, 3]) put({ kind: 'batch-text', agency, batchId: 1 });
    put({ kind: 'standings', after: 0, limit: 3 });
    const found = answers();
    expect(found.map(([first]) => first)).toEqual([1, -1, -1, 0]);
    expect(linesOf('GET')).toEqual(['GET,/agencies/1/batches/1,200,0', 'GET,/agencies,200,0']);
  });

  test('what comes again is carried out, however much was read', () => {
    put({ kind: 'batch-text', agency: 1, batchId: 1 });
    sender.put(again(encodeOperation({ kind: 'batch-text', agency: 2, batchId: 1 })));
    sender.put(
      again(encodeOperation({ kind: 'place', batch: batchOf(3, 1, LARGE) })),
      batchOf(3, 1, LARGE).text,
    );
    expect(answers().map(([first]) => first)).toEqual([1, 1, PLACE_OUTCOMES.indexOf('already-stored')]);
  });

  test('batches that come again in their order read each segment once', () => {
    for (let batchId = 2; batchId <= 60; batchId++) append(batchOf(1, batchId, [{ id: batchId }]));
    outcomes();
    const spend = reads();
    for (let batchId = 2; batchId <= 60; batchId++) append(batchOf(1, batchId, [{ id: batchId }]));
    expect(outcomes()).toEqual(Array(59).fill('already-stored'));
    expect(spend).toHaveBeenCalledTimes(1);
  });

  test('a batch that comes twice in one commit is found among many', () => {
    for (let batchId = 2; batchId <= 60; batchId++) append(batchOf(1, batchId, [{ id: batchId }]));
    for (let batchId = 60; batchId >= 2; batchId--) append(batchOf(1, batchId, [{ id: batchId }]));
    append(batchOf(1, 30, [{ id: 31 }]));
    expect(outcomes()).toEqual([
      ...Array<string>(59).fill('stored'),
      ...Array<string>(59).fill('already-stored'),
      'conflict',
    ]);
  });

  const outcomesOf = (count: number): unknown[] =>
    Array.from({ length: count }, () => PLACE_OUTCOMES[sender.release()[0]]);
  const linesOf = (action: string): string[] =>
    query<{ audit_lines: string }>(folder, 'SELECT audit_lines FROM segments ORDER BY sequence')
      .flatMap(({ audit_lines: lines }) => lines.split('\n'))
      .filter((line) => line.startsWith(action));
});

describe('while another program has locked the file', () => {
  let other: Database;
  beforeEach(() => {
    other = new SqliteDatabase(join(folder, LEDGER_FILE));
    other.exec('BEGIN IMMEDIATE');
    append(batchOf(1, 1));
    sender.publish();
  });
  afterEach(() => other.close());

  test('a commit waits, and says so once', () => {
    const begin = store.begin.bind(store);
    let tries = 0;
    jest.spyOn(store, 'begin').mockImplementation(() => {
      if (++tries === 3) other.exec('COMMIT');
      begin();
    });
    expect(writer.run()).toBe(true);
    expect(sent).toMatchObject([
      { kind: 'waiting', reason: expect.stringMatching(/another program has locked it/) as string },
      { kind: 'committed', operations: 1 },
    ]);
  });

  test('it waits no longer when the program stops', () => {
    sender.stop();
    expect(() => writer.run()).toThrow(LedgerLocked);
  });
});
