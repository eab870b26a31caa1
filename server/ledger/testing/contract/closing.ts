/** What the contract says of closing the ledger. */
import { isPending } from '../../../testing/settled';
import { CONTRACT_TERMS, ContractRig } from './contract_rig';

const UNAVAILABLE = { name: 'LedgerUnavailable' };

/** Declares these tests. */
export function closing(rig: ContractRig): void {
  describe('close', () => {
    test('rejects later calls', async () => {
      await rig.ledger.close();
      await expect(rig.append(1, 1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.finish(1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.standing(1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.standings(0, 1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.batchText(1, 1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.drawState(1)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.note('GET', '/draw', 406)).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.putNotes(1, { a: '' })).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.getNote(1, 'a')).rejects.toMatchObject(UNAVAILABLE);
      await expect(rig.ledger.draw()).rejects.toMatchObject(UNAVAILABLE);
    });

    test('rejects calls from the moment it is called', async () => {
      const closed = rig.ledger.close();
      await expect(rig.append(1, 1)).rejects.toMatchObject(UNAVAILABLE);
      await closed;
    });

    test('ends a draw that is under way', async () => {
      await rig.append(1, 1, [{ document: '1', number: CONTRACT_TERMS.winnerNumber }]);
      const draw = rig.ledger.draw();
      draw.catch(() => undefined);
      await rig.ledger.close();
      expect(await isPending(draw)).toBe(false);
    });

    test('waits for what was submitted before', async () => {
      const stored = rig.append(1, 1);
      const finished = rig.ledger.finish(1);
      await rig.ledger.close();
      expect(await stored).toBe('stored');
      expect(await finished).toBe(1);
    });

    test('may be called again', async () => {
      await Promise.all([rig.ledger.close(), rig.ledger.close()]);
      await rig.ledger.close();
    });
  });
}
