/** What the contract says of an agency that is taken over by a later connection (PROTOCOL.md, R22). */
import { batchOf } from '../../../testing/bets';
import type { PlaceOutcome } from '../../operation';
import { ContractRig, ONE_BET } from './contract_rig';

const TAKEN_OVER = { name: 'AgencyTakenOver' };

/** Declares these tests. */
export function takingOver(rig: ContractRig): void {
  describe('taking over (R22)', () => {
    const send = (agency: number, batchId: number, ask: number): Promise<PlaceOutcome> =>
      rig.ledger.append(batchOf(agency, batchId, ONE_BET), undefined, ask);
    const ask = (agency: number, number: number): Promise<unknown> =>
      rig.ledger.standing(agency, undefined, number);

    test('a later ASK bars the earlier ones once a batch has followed it', async () => {
      await ask(1, 1);
      await ask(1, 2);
      expect(await send(1, 1, 1)).toBe('stored');
      expect(await send(1, 2, 2)).toBe('stored');
      await expect(send(1, 3, 1)).rejects.toMatchObject(TAKEN_OVER);
      await expect(send(1, 1, 1)).rejects.toMatchObject(TAKEN_OVER);
      expect(await send(1, 3, 2)).toBe('stored');
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 3 });
    });

    test('in one turn, in the order of the calls', async () => {
      const barred = (error: Error): string => error.name;
      const outcomes = await Promise.all([
        ask(1, 1).then(() => 'asked'),
        send(1, 1, 1),
        ask(1, 2).then(() => 'asked'),
        send(1, 2, 1),
        send(1, 3, 2),
        send(1, 4, 1).catch(barred),
        rig.append(1, 5),
        send(1, 6, 2),
      ]);
      const [asked, stored] = ['asked', 'stored'];
      expect(outcomes).toEqual([asked, stored, asked, stored, stored, 'AgencyTakenOver', stored, stored]);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 3, batches: 5 });
    });

    test('a batch without an ASK is never barred, nor another agency', async () => {
      await ask(1, 1);
      await ask(2, 2);
      await ask(1, 3);
      expect(await send(1, 1, 3)).toBe('stored');
      expect(await send(2, 1, 2)).toBe('stored');
      expect(await rig.append(1, 2)).toBe('stored');
    });

    test('a barred batch has no line', async () => {
      await ask(1, 1);
      await ask(1, 2);
      await send(1, 1, 2);
      await expect(send(1, 2, 1)).rejects.toMatchObject(TAKEN_OVER);
      await rig.ledger.close();
      expect(await rig.engine.auditLines()).toEqual([
        'GET,/agencies/1,200,0',
        'GET,/agencies/1,200,0',
        'PUT,/agencies/1/batches/1,201,0',
      ]);
    });
  });
}
