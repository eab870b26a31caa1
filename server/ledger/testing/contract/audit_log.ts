/** What the contract says of the audit log. */
import { batchOf } from '../../../testing/bets';
import { ContractRig, ONE_BET, OTHER_BET } from './contract_rig';

/** Declares these tests. */
export function auditLog(rig: ContractRig): void {
  describe('the audit log', () => {
    test('has a line for each call, in their order', async () => {
      await Promise.all([
        rig.append(1, 1),
        rig.ledger.append(batchOf(1, 1, ONE_BET), 'again'),
        rig.append(1, 1, OTHER_BET),
        rig.ledger.batchText(1, 1, 'text-1'),
        rig.ledger.batchText(1, 2, 'text-2'),
        rig.ledger.standing(2, '7'),
        rig.ledger.standings(0, 10, '8'),
        rig.ledger.drawState(1, '9'),
        rig.ledger.drawState(undefined),
        rig.ledger.finish(1, '10'),
        rig.append(1, 2),
        rig.ledger.note('PUT', '/agencies/-/batches/7', 422),
        rig.append(2, 1),
      ]);
      expect(await rig.engine.auditLines()).toEqual([
        'PUT,/agencies/1/batches/1,201,0',
        'PUT,/agencies/1/batches/1,200,again',
        'PUT,/agencies/1/batches/1,409,0',
        'GET,/agencies/1/batches/1,200,text-1',
        'GET,/agencies/1/batches/2,404,text-2',
        'GET,/agencies/2,200,7',
        'GET,/agencies,200,8',
        'GET,/agencies/1/winners,409,9',
        'GET,/draw,200,0',
        'PUT,/agencies/1/finish,200,10',
        'PUT,/agencies/1/batches/2,410,0',
        'PUT,/agencies/-/batches/7,422,0',
        'PUT,/agencies/2/batches/1,201,0',
      ]);
    });

    test('has one line for the draw, and none for a caller that asks while it is due', async () => {
      await Promise.all([1, 2, 3].map((agency) => rig.ledger.finish(agency)));
      expect(await rig.ledger.drawState(1)).toBe('due');
      await rig.ledger.draw();
      await rig.ledger.draw();
      expect(await rig.ledger.drawState(1)).toBe('drawn');
      expect(await rig.engine.auditLines()).toEqual([
        'PUT,/agencies/1/finish,200,0',
        'PUT,/agencies/2/finish,200,0',
        'PUT,/agencies/3/finish,200,0',
        'PUT,/draw,201,0',
        'GET,/agencies/1/winners,200,0',
      ]);
    });

    test('says that a draw was called off', async () => {
      await rig.ledger.draw('call-off');
      expect(await rig.ledger.drawState(1, '5')).toBe('called-off');
      expect(await rig.ledger.drawState(undefined, '6')).toBe('called-off');
      expect(await rig.engine.auditLines()).toEqual([
        'PUT,/draw,201,0',
        'GET,/agencies/1/winners,410,5',
        'GET,/draw,200,6',
      ]);
    });
  });
}
