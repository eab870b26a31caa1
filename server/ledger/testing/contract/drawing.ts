/** What the contract says of the draw. */
import type { MadeBet } from '../../../testing/bets';
import { COMPLETE, Draw } from '../../draw';
import { CONTRACT_TERMS, ContractRig, OTHER_BET } from './contract_rig';

/** Declares these tests. */
export function drawing(rig: ContractRig): void {
  describe('draw', () => {
    const won = (document: string): MadeBet => ({ document, number: CONTRACT_TERMS.winnerNumber });
    const drawn = { ...COMPLETE, winnerNumber: CONTRACT_TERMS.winnerNumber };
    const finishAll = async (): Promise<void> => {
      await Promise.all([1, 2, 3].map((agency) => rig.ledger.finish(agency)));
    };
    /** Finishes every agency and draws. */
    const drawAll = async (): Promise<Draw> => {
      await finishAll();
      return rig.ledger.draw();
    };

    test('of nothing has no winners', async () => {
      expect(await drawAll()).toEqual({ ...drawn, winners: new Map(), bets: 0 });
    });

    test('without a winner', async () => {
      await rig.append(1, 1);
      expect(await drawAll()).toEqual({ ...drawn, winners: new Map(), bets: 1 });
    });

    test('has a document for each winning bet, in the order of batch ids and of the bets in them', async () => {
      await rig.append(1, 3, [won('31'), {}, won('32')]);
      await Promise.all([
        rig.append(2, 2, [won('7')]),
        rig.append(1, 1, [won('11')]),
        rig.append(1, 20, [won('11')]),
      ]);
      await rig.append(1, 2, [{}, won('21'), won('21'), { number: 757 }]);
      await rig.append(3, 1, [{}]);
      expect(await drawAll()).toEqual({
        winners: new Map([
          [1, '11,21,21,31,32,11'],
          [2, '7'],
        ]),
        bets: 11,
        ...drawn,
      });
    });

    test('compares numbers by value, not by how they are written', async () => {
      await rig.ledger.close();
      await rig.open({ agencies: 1, winnerNumber: 74 });
      await rig.append(1, 1, [
        { document: '01', number: '74' },
        { document: '02', number: '074' },
        { document: '03', number: '0074' },
        { document: '04', number: '740' },
        { document: '05', number: '7474' },
      ]);
      expect((await rig.ledger.draw()).winners).toEqual(new Map([[1, '01,02,03']]));
    });

    test('covers what was submitted before it in the same turn, and nothing after', async () => {
      const [before, draw, after] = await Promise.all([
        rig.append(1, 1, [won('1')]),
        rig.ledger.draw(),
        rig.append(1, 2, [won('2')]),
      ]);
      expect([before, after]).toEqual(['stored', 'closed']);
      expect(draw).toMatchObject({ missingAgencies: [1, 2, 3], winners: new Map([[1, '1']]), bets: 1 });
    });

    test('is idempotent, even in one turn', async () => {
      await rig.append(1, 1, [won('1')]);
      await finishAll();
      const draws = await Promise.all([rig.ledger.draw(), rig.ledger.draw()]);
      expect([...draws, await rig.ledger.draw('call-off')]).toEqual(
        Array(3).fill({ ...drawn, winners: new Map([[1, '1']]), bets: 1 }),
      );
    });

    test('that does not wait for all agencies says which are missing', async () => {
      await rig.append(1, 1, [won('1')]);
      await rig.ledger.finish(1);
      const draw = { ...drawn, missingAgencies: [2, 3], winners: new Map([[1, '1']]), bets: 1 };
      expect(await rig.ledger.draw()).toEqual(draw);
      await finishAll();
      expect(await rig.ledger.draw()).toEqual(draw);
    });

    test('that is called off has no winners, and stays called off', async () => {
      await rig.append(1, 1, [won('1')]);
      await Promise.all([rig.ledger.finish(1), rig.ledger.finish(2)]);
      const terms = { missingAgencies: [3], isCalledOff: true };
      const draw = { ...terms, winners: new Map(), bets: 0, winnerNumber: undefined };
      expect(await rig.ledger.draw('call-off')).toEqual(draw);
      expect(await rig.ledger.draw()).toEqual(draw);
      expect(await rig.append(3, 1)).toBe('closed');
    });

    test('is not called off when the last FIN comes before the close, even in the same turn', async () => {
      const [, , , draw] = await Promise.all([
        rig.ledger.finish(1),
        rig.ledger.finish(2),
        rig.ledger.finish(3),
        rig.ledger.draw('call-off'),
      ]);
      expect(draw).toMatchObject(drawn);
    });

    test('closes the ledger for new batches of every agency', async () => {
      await rig.append(1, 1);
      await rig.ledger.finish(1);
      await rig.ledger.draw();
      expect(await rig.append(2, 1)).toBe('closed');
      expect(await rig.append(1, 1)).toBe('already-stored');
      expect(await rig.append(1, 1, OTHER_BET)).toBe('conflict');
      expect(await rig.ledger.finish(2)).toBe(2);
      expect(await rig.ledger.standing(1)).toMatchObject({ bets: 1 });
    });
  });
}
