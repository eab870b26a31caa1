import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import fc from 'fast-check';

import { builtModule, DIST } from '../../../tests/support/built';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { ledgerContract } from '../testing/ledger_contract';
import { expectSameAsInMemory, histories } from '../testing/ledger_model';
import { storageFailures } from '../testing/storage_failures';
import { SqliteAuditReader } from './audit_reader';
import { newFolder, removeFolders } from './testing/ledger_folder';

const { SqliteLedger } = builtModule<typeof import('./sqlite_ledger')>('server/ledger/sqlite/sqlite_ledger');

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const WINNING = [{ document: '21689196', number: TERMS.winnerNumber }];
const DISK_FULL = { name: 'LedgerUnavailable', message: 'disk full' };

let folder = '';
const ignore = (): void => undefined;
const open = (terms: LotteryTerms = TERMS): ReturnType<typeof SqliteLedger.open> =>
  SqliteLedger.open({
    folder,
    terms,
    maxBatchBytes: 4 * 1024 * 1024,
    onBroken: ignore,
    onTrouble: ignore,
  });
const openNew = (terms: LotteryTerms = TERMS): ReturnType<typeof SqliteLedger.open> => {
  folder = newFolder();
  return open(terms);
};

afterAll(removeFolders);

/** The audit log, read beside the ledger. */
async function auditLines(): Promise<string[]> {
  const reader = new SqliteAuditReader(folder);
  try {
    return [...reader.read()].flatMap(({ lines }) => lines.split('\n').slice(0, -1));
  } finally {
    await reader.close();
  }
}

const ENGINE = { open: openNew, reopen: open, placeSetting: 'DATA_DIR', auditLines };
ledgerContract('SqliteLedger', ENGINE);

const callsOf = (ledger: Awaited<ReturnType<typeof open>>): LedgerCalls =>
  new LedgerCalls(ledger, TERMS.winnerNumber);

/** Runs SQL on the ledger's file through a connection of its own. */
function sql(statements: string): void {
  const database = new SqliteDatabase(join(folder, 'lottery.db'));
  try {
    database.exec(statements);
  } finally {
    database.close();
  }
}

const FAILING_ENGINE = {
  ...ENGINE,
  fill: () => {
    sql(`CREATE TRIGGER full BEFORE INSERT ON segments BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
    return Promise.resolve();
  },
  free: () => {
    sql('DROP TRIGGER full');
    return Promise.resolve();
  },
};
storageFailures('SqliteLedger', FAILING_ENGINE);

describe('SqliteLedger', () => {
  test('answers any history as the ledger in memory does, restarts included', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (steps) => expectSameAsInMemory(ENGINE, steps)),
      { numRuns: 20 },
    );
  }, 120_000);

  describe('the draw', () => {
    let ledger: LedgerCalls;
    beforeEach(async () => {
      ledger = callsOf(await openNew());
      await ledger.append(batchOf(1, 1, WINNING));
    });
    afterEach(() => ledger.close());

    test('that cannot be stored is rejected, leaves nothing, and can be called for again', async () => {
      sql(`CREATE TRIGGER full BEFORE INSERT ON draws BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
      await expect(ledger.draw()).rejects.toMatchObject(DISK_FULL);
      expect(await ledger.append(batchOf(1, 1, WINNING))).toBe('already-stored');
      expect(await ledger.append(batchOf(2, 1))).toBe('closed');
      await expect(ledger.draw()).rejects.toMatchObject(DISK_FULL);
      sql('DROP TRIGGER full');
      const draw = {
        winners: new Map([[1, '21689196']]),
        bets: 1,
        winnerNumber: TERMS.winnerNumber,
        missingAgencies: [1, 2, 3],
        isCalledOff: false,
      };
      expect(await ledger.draw()).toEqual(draw);
      await ledger.close();
      ledger = callsOf(await open());
      expect(ledger.openedWith.draw).toEqual(draw);
    });

    test('a sale that was closed by a draw which failed stays closed when it is opened again', async () => {
      sql(`CREATE TRIGGER full BEFORE INSERT ON draws BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
      await expect(ledger.draw()).rejects.toMatchObject(DISK_FULL);
      await ledger.close();
      sql('DROP TRIGGER full');
      ledger = callsOf(await open());
      expect(ledger.openedWith.draw).toBeUndefined();
      expect(await ledger.append(batchOf(2, 1))).toBe('closed');
      expect(await ledger.draw()).toMatchObject({ bets: 1 });
    });

    test('is not run over damaged bets', async () => {
      sql(`UPDATE segments SET text = CAST(replace(CAST(text AS TEXT), '21689196', '21689197') AS BLOB)`);
      await expect(ledger.draw()).rejects.toMatchObject({ name: 'OperationError' });
      expect(await ledger.append(batchOf(1, 1))).toBe('conflict');
    });

    test('is not tried again where a write shows that the file is not what it was when it was opened', async () => {
      sql(`INSERT INTO segments VALUES (2, '', 0, '', 0)`);
      await expect(ledger.draw()).rejects.toMatchObject({
        name: 'OperationError',
        message: 'the ledger is damaged: UNIQUE constraint failed: segments.sequence',
      });
    });

    test('over damaged bets is refused with the damage as the reason', async () => {
      sql(`UPDATE segments SET checksum = checksum + 1`);
      await expect(ledger.draw()).rejects.toMatchObject({
        message: expect.stringContaining('damaged') as string,
      });
    });

    test('is rejected after close, as every call', async () => {
      await ledger.draw();
      await ledger.close();
      await expect(ledger.draw()).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    });
  });

  test('keeps one statement for all FINs', async () => {
    const PROGRAM = `
      const { SqliteLedger } = require(process.argv[1]);
      void (async () => {
        const terms = { agencies: 20_000, winnerNumber: 1 };
        const quiet = () => undefined;
        const ledger = await SqliteLedger.open(
          { folder: process.argv[2], terms, maxBatchBytes: 1_000, onTrouble: quiet, onBroken: quiet });
        const finish = async (from, to) => {
          for (let agency = from; agency <= to; agency += 1_000) {
            await Promise.all(Array.from({ length: 1_000 },
              (_, index) => ledger.submit({ kind: 'finish', agency: agency + index })));
          }
        };
        await finish(1, 5_000);
        const before = process.memoryUsage().rss;
        await finish(5_001, 19_000);
        process.stdout.write(String((process.memoryUsage().rss - before) / 14_000));
        await ledger.close();
      })();
    `;
    const words = ['-e', PROGRAM, join(DIST, 'server/ledger/sqlite/sqlite_ledger'), newFolder()];
    const program = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let bytesForEach = '';
    program.stdout.on('data', (chunk: Buffer) => (bytesForEach += chunk.toString()));
    await once(program, 'close');
    // A statement that is kept takes more than 3 KiB.
    expect(Number(bytesForEach)).toBeLessThan(1_500);
  });

  test('a damaged note is told to who asks for it, and the ledger goes on', async () => {
    const ledger = callsOf(await openNew());
    await ledger.putNotes(1, { n: 'value', whole: '1' });
    sql(`UPDATE notes SET value = CAST('eulav' AS BLOB) WHERE name = 'n'`);
    await expect(ledger.getNote(1, 'n')).rejects.toMatchObject({
      name: 'OperationError',
      message: 'the ledger is damaged: the table notes is not what was stored',
    });
    expect(await ledger.append(batchOf(1, 1))).toBe('stored');
    expect(await ledger.noteText(1, 'whole')).toBe('1');
    expect(await ledger.putNotes(1, { n: 'value' })).toMatchObject({ outcome: 'stored', areNew: [false] });
    expect(await ledger.noteText(1, 'n')).toBe('value');
    await ledger.close();
  });

  describe('open', () => {
    test('refuses a folder that is in use, and takes it when it is free again', async () => {
      const ledger = callsOf(await openNew());
      await expect(open()).rejects.toMatchObject({
        name: 'OperationError',
        message: expect.stringContaining(folder) as string,
      });
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      await ledger.close();
      await (await open()).close();
    });

    test('refuses a file that is no ledger', async () => {
      folder = newFolder();
      writeFileSync(join(folder, 'lottery.db'), 'no database'.repeat(1_000));
      await expect(open()).rejects.toMatchObject({ name: 'OperationError' });
    });
  });
});

describe('with others at the same file', () => {
  const delays: string[] = [];
  const openTold = (): ReturnType<typeof SqliteLedger.open> => {
    folder = newFolder();
    delays.length = 0;
    return SqliteLedger.open({
      folder,
      terms: TERMS,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
      onDelay: (reason) => delays.push(reason),
    });
  };

  test('closing does not wait for a write lock of another program, and what waited for it is rejected', async () => {
    const ledger = await openTold();
    const other = new SqliteDatabase(join(folder, 'lottery.db'));
    other.exec('BEGIN IMMEDIATE');
    const outcome = ledger.submit({ kind: 'place', batch: batchOf(1, 1) }).catch((error: unknown) => error);
    while (delays.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await ledger.close();
    // It had the lock all the time.
    other.exec('COMMIT');
    other.close();
    expect(await outcome).toMatchObject({ name: 'LedgerUnavailable' });
    expect(delays).toEqual([expect.stringMatching(/^a commit waits: .*another program has locked it/)]);
    const again = await open();
    expect(again.openedWith.batches).toBe(0);
    await again.close();
  });

  test('a write-ahead log that a reader holds is told of', async () => {
    const ledger = await openTold();
    const reader = new SqliteDatabase(join(folder, 'lottery.db'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM batches').get();
    const bets = Array.from({ length: 9_000 }, (_, index) => ({ id: index + 1, firstName: 'x'.repeat(120) }));
    let batchId = 0;
    while (delays.length === 0) {
      await ledger.submit({ kind: 'place', batch: batchOf(1, ++batchId, bets) });
    }
    expect(delays[0]).toMatch(
      /^a reader keeps a transaction open, and [0-9]+ MiB wait in the write-ahead log$/,
    );
    expect(ledger.logHeldBytes).toBeGreaterThanOrEqual(64 * 1024 * 1024);
    reader.close();
    while (ledger.logHeldBytes > 0) {
      await ledger.submit({ kind: 'place', batch: batchOf(1, ++batchId, bets) });
    }
    await ledger.close();
  });

  test('those who read much delay nobody else, and are all answered', async () => {
    const ledger = await openTold();
    const bets = Array.from({ length: 9_000 }, (_, index) => ({ id: index + 1, firstName: 'x'.repeat(120) }));
    for (const agency of [1, 2]) await ledger.submit({ kind: 'place', batch: batchOf(agency, 1, bets) });
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const reads = Array.from({ length: 20 }, () =>
      ledger.submit({ kind: 'batch-text', agency: 1, batchId: 1 }).then(note('read')),
    );
    reads.push(ledger.submit({ kind: 'batch-text', agency: 2, batchId: 1 }).then(note('other read')));
    const sale = ledger.submit({ kind: 'place', batch: batchOf(3, 1) }).then(note('sale'));
    await Promise.all([...reads, sale]);
    expect(order.indexOf('sale')).toBeLessThanOrEqual(1);
    expect(order.indexOf('other read')).toBeLessThanOrEqual(4);
    expect(order).toHaveLength(22);
    expect((await auditLines()).filter((line) => line.startsWith('GET,'))).toHaveLength(21);
    await ledger.close();
  });
});

describe('when the writer thread breaks down', () => {
  const BREAKER = `
    const { isMainThread, workerData } = require('node:worker_threads');
    // Of all threads the writer alone is told what it is for by a message.
    if (!isMainThread && workerData === undefined) {
      const wait = Atomics.wait;
      Atomics.wait = (...words) => {
        wait(...words, 300);
        Atomics.wait = wait;
        // What is durable cannot be told any more.
        require('node:fs').readSync = () => { throw new Error('out of order'); };
        throw new Error('a failure');
      };
    }
  `;
  const PROGRAM = `
    const { SqliteLedger } = require(process.argv[1]);
    const say = (text) => process.stdout.write(text + ';');
    const opened = SqliteLedger.open({
      folder: process.argv[2],
      terms: { agencies: 1, winnerNumber: 1 },
      maxBatchBytes: 1_000,
      onTrouble: say,
      onBroken: async (error) => {
        say('failure: ' + error.message);
        const ledger = await opened;
        void ledger.submit({ kind: 'standing', agency: 1 }).catch((rejection) => say('call: ' + rejection.name));
        await ledger.close();
        say('closed');
      },
    });
  `;

  async function run(): Promise<string> {
    const breaker = join(newFolder(), 'breaker.js');
    writeFileSync(breaker, BREAKER);
    const module = join(DIST, 'server/ledger/sqlite/sqlite_ledger');
    const words = ['--require', breaker, '-e', PROGRAM, module, newFolder()];
    const program = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    program.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(program, 'close');
    return said;
  }

  test('the one who opened the ledger is told', async () => {
    expect(await run()).toContain('failure: out of order;');
  });

  test('calls are rejected, and it can be closed', async () => {
    expect(await run()).toBe('failure: out of order;call: LedgerUnavailable;closed;');
  });
});
