/** What the contract says of the end of the sale: for one agency, by its FIN, and for all, by the close. */
import { ContractRig, OTHER_BET } from './contract_rig';

/** Declares these tests. */
export function finishing(rig: ContractRig): void {
  describe('finish', () => {
    test('answers how many have finished, and is idempotent', async () => {
      expect(await rig.ledger.finish(2)).toBe(1);
      expect(await rig.ledger.finish(2)).toBe(1);
      expect(await rig.ledger.finish(1)).toBe(2);
    });

    test('closes the agency for new batches, and for no other agency', async () => {
      await rig.append(1, 1);
      await rig.ledger.finish(1);
      expect(await rig.append(1, 2)).toBe('closed');
      expect(await rig.append(1, 1)).toBe('already-stored');
      expect(await rig.append(1, 1, OTHER_BET)).toBe('conflict');
      expect(await rig.append(2, 1)).toBe('stored');
      expect(await rig.ledger.standing(1)).toMatchObject({ bets: 1 });
    });
  });

  describe('closing the sale', () => {
    const close = (whenMissing?: 'draw' | 'call-off'): Promise<unknown> =>
      rig.ledger.ledger.submit({ kind: 'close-sale', whenMissing });

    test('is not due while agencies are missing, unless the caller says what follows', async () => {
      await rig.ledger.finish(2);
      expect(await close()).toMatchObject({ outcome: 'not-due' });
      expect(await rig.append(1, 1)).toBe('stored');
      expect(await close('draw')).toEqual({
        outcome: 'closed',
        terms: { missingAgencies: [1, 3], isCalledOff: false },
      });
      expect(await rig.append(1, 2)).toBe('closed');
      expect(await rig.ledger.drawState(1)).toBe('due');
    });

    test('keeps the terms of the first close, whatever is asked or finishes later', async () => {
      const terms = { missingAgencies: [1, 3], isCalledOff: true };
      await rig.ledger.finish(2);
      expect(await Promise.all([close('call-off'), rig.ledger.finish(1), close('draw')])).toEqual([
        { outcome: 'closed', terms },
        2,
        { outcome: 'already-closed', terms },
      ]);
      await rig.ledger.finish(3);
      expect(await close()).toEqual({ outcome: 'already-closed', terms });
    });
  });
}
