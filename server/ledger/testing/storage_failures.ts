/** The tests of what the contract says of a storage that fails, for engines whose storage can be made to. */
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { MAX_NOTES } from '../note';
import { LedgerCalls } from './ledger_calls';
import type { LedgerEngine } from './ledger_engine';

/** How the tests get at an engine and its storage. */
export interface FailingEngine extends Required<LedgerEngine> {
  /** From now on nothing is stored in the ledger that was opened last; what is said of it has `full` in it. */
  fill(): Promise<unknown>;
  /** Everything is stored again. */
  free(): Promise<unknown>;
}

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const FULL = { name: 'LedgerUnavailable', message: expect.stringContaining('full') as string };

/** Declares the tests for an engine. */
export function storageFailures(name: string, engine: FailingEngine): void {
  describe(`${name}, when the storage fails`, () => {
    let ledger: LedgerCalls;
    beforeEach(async () => {
      ledger = new LedgerCalls(await engine.open(TERMS), TERMS.winnerNumber);
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      await engine.fill();
    });
    afterEach(() => ledger.close());

    test('everything submitted before the rejection came is rejected, then it works again', async () => {
      const calls: Promise<unknown>[] = [];
      const make = (...made: Promise<unknown>[]): void => {
        for (const call of made) call.catch(() => undefined);
        calls.push(...made);
      };
      make(ledger.append(batchOf(1, 2)), ledger.standing(1), ledger.finish(2));
      // The first ones are with the storage; what is made now, in the same turn, is collected after them.
      await new Promise((resolve) => setImmediate(resolve));
      make(ledger.append(batchOf(1, 3)), ledger.finish(3));
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: FULL });
      }
      expect(ledger.queuedBytes).toBe(0);
      await engine.free();
      expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 1, lastBetId: 1, bets: 1 });
      expect(await ledger.append(batchOf(1, 2))).toBe('stored');
      expect(await ledger.finish(1)).toBe(1);
      expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 2, lastBetId: 1, bets: 2 });
    });

    test('a batch is never stored after one that was rejected before, whenever there is room again', async () => {
      const rejected = new AbortController();
      const outcomes: Promise<string>[] = [];
      for (let batchId = 2; !rejected.signal.aborted && batchId < 1_000; batchId++) {
        const outcome = ledger.append(batchOf(1, batchId)).catch(() => {
          rejected.abort();
          return 'rejected';
        });
        outcomes.push(outcome);
        if (batchId === 50) await engine.free();
        if (batchId % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const settled = await Promise.all(outcomes);
      const stored = settled.filter((outcome) => outcome === 'stored').length;
      expect(settled.slice(stored)).toEqual(settled.slice(stored).map(() => 'rejected'));
      expect(await ledger.standing(1)).toMatchObject({ lastBatchId: 1 + stored, bets: 1 + stored });
    });

    test('each failure is answered, again and again', async () => {
      for (let round = 0; round < 3; round++) {
        await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(FULL);
        await expect(ledger.append(batchOf(1, 3))).rejects.toMatchObject(FULL);
      }
      // A copy is known without storing it, but its line in the audit log is not.
      await expect(ledger.append(batchOf(1, 1))).rejects.toMatchObject(FULL);
      await engine.free();
      expect(await ledger.append(batchOf(1, 1))).toBe('already-stored');
      expect(await ledger.append(batchOf(1, 2))).toBe('stored');
    });

    test('what is rejected leaves nothing, also when it is opened again', async () => {
      await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(FULL);
      await ledger.close();
      await engine.free();
      ledger = new LedgerCalls(await engine.reopen(TERMS), TERMS.winnerNumber);
      expect(ledger.openedWith).toMatchObject({ batches: 1, bets: 1 });
    });

    test('notes that are rejected leave nothing, and count towards no bound', async () => {
      await engine.free();
      const values = Object.fromEntries(
        Array.from({ length: MAX_NOTES - 1 }, (_, index) => [`n${index}`, '1']),
      );
      expect(await ledger.putNotes(1, values)).toMatchObject({ outcome: 'stored' });
      await engine.fill();
      for (const name of ['x', 'y']) {
        await expect(ledger.putNotes(1, { n1: '2', [name]: '' })).rejects.toMatchObject(FULL);
      }
      await expect(ledger.countNote(1, 'n2', 1n)).rejects.toMatchObject(FULL);
      await expect(ledger.deleteNote(1, 'n3')).rejects.toMatchObject(FULL);
      await engine.free();
      expect(await Promise.all(['n1', 'n2', 'n3', 'x'].map((name) => ledger.noteText(1, name)))).toEqual([
        '1',
        '1',
        '1',
        undefined,
      ]);
      expect(await ledger.putNotes(1, { y: '' })).toMatchObject({ outcome: 'stored', areNew: [true] });
      expect(await ledger.putNotes(1, { z: '' })).toEqual({ outcome: 'full' });
    });

    test('it can be closed', async () => {
      const outcome = ledger.append(batchOf(1, 2)).catch((error: unknown) => error);
      await ledger.close();
      expect(await outcome).toMatchObject(FULL);
    });
  });
}
