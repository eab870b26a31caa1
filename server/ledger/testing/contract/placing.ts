/** What the contract says of storing batches. */
import { batchOf } from '../../../testing/bets';
import type { LogPlace } from '../../log_place';
import { ContractRig, ONE_BET, OTHER_BET } from './contract_rig';

/** Declares these tests. */
export function placing(rig: ContractRig): void {
  describe('append', () => {
    test('stores a batch once, and recognises it by its content', async () => {
      expect(await rig.append(1, 1)).toBe('stored');
      expect(await rig.append(1, 1)).toBe('already-stored');
      expect(await rig.append(1, 1, OTHER_BET)).toBe('conflict');
      expect(await rig.append(1, 1)).toBe('already-stored');
      expect(await rig.append(1, 2)).toBe('stored');
      expect(await rig.append(2, 1)).toBe('stored');
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 2, lastBetId: 7, bets: 2 });
    });

    test('the same batch twice in one turn is stored once', async () => {
      expect(await Promise.all([rig.append(1, 1), rig.append(1, 1)])).toEqual(['stored', 'already-stored']);
      expect(await rig.ledger.standing(1)).toMatchObject({ bets: 1 });
    });

    test('copies and conflicts in one turn, with other batches between', async () => {
      const outcomes = await Promise.all([
        rig.append(1, 1),
        rig.append(2, 1, OTHER_BET),
        rig.append(1, 1, OTHER_BET),
        rig.append(1, 1),
        rig.append(1, 2, [{ id: 8 }, { id: 9 }]),
        rig.append(1, 1),
        rig.append(1, 2),
        rig.append(2, 1, OTHER_BET),
      ]);
      expect(outcomes).toEqual([
        'stored',
        'stored',
        'conflict',
        'already-stored',
        'stored',
        'already-stored',
        'conflict',
        'already-stored',
      ]);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 2, lastBetId: 9, bets: 3 });
      expect(await rig.append(1, 2, [{ id: 8 }, { id: 9 }])).toBe('already-stored');
    });

    test('a batch that is a prefix of a stored one is a conflict', async () => {
      await rig.append(1, 1, [{ id: 1 }, { id: 2 }]);
      expect(await rig.append(1, 1, [{ id: 1 }])).toBe('conflict');
      expect(await rig.append(1, 1, [{ id: 1 }, { id: 2 }, { id: 3 }])).toBe('conflict');
    });

    test('the bytes may change after the call', async () => {
      const batch = batchOf(1, 1);
      const outcome = rig.ledger.append(batch);
      batch.text.fill('x');
      expect(await outcome).toBe('stored');
      expect(await rig.append(1, 1, [{}])).toBe('already-stored');
    });

    test('many batches in one turn, and large ones', async () => {
      const large = Array.from({ length: 9_000 }, (_, index) => ({
        id: index + 1,
        firstName: 'x'.repeat(128),
      }));
      const outcomes = await Promise.all([
        ...Array.from({ length: 2_000 }, (_, index) => rig.append(1, index + 1)),
        rig.append(2, 1, large),
        rig.append(2, 2, large),
        rig.append(2, 1, large),
      ]);
      expect(outcomes).toEqual([...Array<string>(2_002).fill('stored'), 'already-stored']);
      expect(rig.ledger.queuedBytes).toBe(0);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 2_000, bets: 2_000 });
      expect(await rig.ledger.standing(2)).toMatchObject({ lastBatchId: 2, lastBetId: 9_000, bets: 18_000 });
    });
  });

  test('a stored batch has a place in the log, and keeps it', async () => {
    const places: LogPlace[] = [];
    const note = async (batchId: number): Promise<void> =>
      void places.push((await rig.ledger.place(batchOf(1, batchId, ONE_BET)))!);
    await Promise.all([note(1), note(3), note(2)]);
    await note(4);
    const inOrder = [...places].sort(
      (one, other) => one.sequence - other.sequence || one.position - other.position,
    );
    expect(inOrder).toEqual(places);
    expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(4);
    expect(await rig.ledger.place(batchOf(1, 3, ONE_BET))).toEqual(places[1]);
    expect(await rig.ledger.place(batchOf(1, 3, OTHER_BET))).toBeUndefined();
  });
}
