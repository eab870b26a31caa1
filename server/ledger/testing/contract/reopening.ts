/** What the contract says of opening a ledger again, for engines that keep it. */
import type { Draw } from '../../draw';
import { CONTRACT_TERMS, ContractRig, OTHER_BET } from './contract_rig';

/** Declares these tests. */
export function reopening(rig: ContractRig): void {
  test('another lottery is refused, and the right one accepted afterwards', async () => {
    await rig.ledger.close();
    for (const terms of [
      { ...CONTRACT_TERMS, agencies: 4 },
      { ...CONTRACT_TERMS, winnerNumber: 1 },
    ]) {
      const kept = `AGENCIES 3 .*LOTTERY_WINNER_NUMBER 7574.* ${rig.engine.placeSetting}`;
      await expect(rig.engine.reopen?.(terms)).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringMatching(new RegExp(kept)) as string,
      });
      await (await rig.engine.reopen?.(CONTRACT_TERMS))?.close();
    }
  });

  test('a lottery whose number is not known yet is no other one, and one with a number is', async () => {
    await rig.ledger.close();
    const unknown = { ...CONTRACT_TERMS, winnerNumber: undefined };
    await (await rig.engine.open(unknown)).close();
    await (await rig.engine.reopen?.(unknown))?.close();
    await expect(rig.engine.reopen?.(CONTRACT_TERMS)).rejects.toThrow(
      'a DRAW_NUMBER that is not known before the sale is sealed',
    );
  });

  describe('after it is opened again, what was promised is there', () => {
    test('batches, bets and FINs', async () => {
      await Promise.all([
        rig.append(1, 1),
        rig.append(1, 3, OTHER_BET),
        rig.append(2, 1, [{}, {}]),
        rig.ledger.finish(2),
      ]);
      await rig.reopen();
      expect(rig.ledger.openedWith).toEqual({
        finishedAgencies: new Set([2]),
        firstFinishedAtMs: expect.any(Number) as number,
        closedWith: undefined,
        draw: undefined,
        batches: 3,
        bets: 4,
        sums: new Map([
          [1, { batches: 2, bets: 2 }],
          [2, { batches: 1, bets: 2 }],
        ]),
      });
      expect(await rig.append(1, 1)).toBe('already-stored');
      expect(await rig.append(1, 3)).toBe('conflict');
      expect(await rig.append(2, 2)).toBe('closed');
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 1, lastBetId: 7, bets: 2 });
      expect(await rig.append(1, 2, [{ id: 5 }])).toBe('stored');
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 3, lastBetId: 8, bets: 3 });
      expect(await rig.ledger.finish(1)).toBe(2);
    });

    test('what was submitted before it was closed', async () => {
      const appended = rig.append(1, 1);
      await rig.reopen();
      expect(await appended).toBe('stored');
      expect(rig.ledger.openedWith).toMatchObject({ batches: 1, bets: 1 });
    });

    test('notes', async () => {
      await rig.ledger.putNotes(1, { a: '1', b: '2' });
      await rig.ledger.countNote(0, 'id', 41n);
      await rig.ledger.deleteNote(1, 'a');
      const before = await rig.ledger.getNote(1, 'b');
      await rig.reopen();
      expect(await rig.ledger.getNote(1, 'b')).toEqual(before);
      expect(await rig.ledger.getNote(1, 'a')).toBeUndefined();
      expect(await rig.ledger.countNote(0, 'id', 1n)).toMatchObject({ number: 42n });
      expect(await rig.ledger.putNotes(1, { b: '3' }, before!.place)).toMatchObject({ outcome: 'stored' });
      expect(await rig.ledger.putNotes(1, { b: '4' }, before!.place)).toEqual({ outcome: 'not-met' });
    });

    test('when the first agency finished', async () => {
      const before = Date.now();
      await rig.ledger.finish(3);
      const between = Date.now();
      await rig.ledger.finish(1);
      await rig.reopen();
      const { firstFinishedAtMs } = rig.ledger.openedWith;
      expect(firstFinishedAtMs).toBeGreaterThanOrEqual(before);
      expect(firstFinishedAtMs).toBeLessThanOrEqual(between);
    });

    test('when the draw was stored', async () => {
      const before = Date.now();
      await rig.ledger.finish(1);
      await rig.ledger.draw('draw');
      const after = Date.now();
      expect(rig.ledger.openedWith.drawnAtMs).toBeUndefined();
      await rig.reopen();
      expect(rig.ledger.openedWith.drawnAtMs).toBeGreaterThanOrEqual(before);
      expect(rig.ledger.openedWith.drawnAtMs).toBeLessThanOrEqual(after);
    });

    test('a draw that was called off', async () => {
      await rig.ledger.finish(2);
      const draw = await rig.ledger.draw('call-off');
      expect(draw).toMatchObject({ missingAgencies: [1, 3], isCalledOff: true });
      await rig.reopen();
      expect(rig.ledger.openedWith.draw).toEqual(draw);
      expect(await rig.ledger.draw()).toEqual(draw);
    });

    test('the close of a sale whose draw was not stored, with its terms', async () => {
      const terms = { missingAgencies: [1, 2], isCalledOff: true };
      await rig.ledger.finish(3);
      await rig.ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'call-off' });
      await rig.reopen();
      expect(rig.ledger.openedWith).toMatchObject({ closedWith: terms, draw: undefined });
      await Promise.all([rig.ledger.finish(1), rig.ledger.finish(2)]);
      expect(await rig.ledger.draw()).toMatchObject(terms);
    });

    test('the draw', async () => {
      await rig.append(1, 1, [{ document: '1', number: CONTRACT_TERMS.winnerNumber }]);
      const draw: Draw = await rig.ledger.draw();
      await rig.reopen();
      expect(rig.ledger.openedWith.draw).toEqual(draw);
      expect(await rig.ledger.draw()).toEqual(draw);
      expect(await rig.append(1, 2)).toBe('closed');
      expect(await rig.ledger.drawState(1)).toBe('drawn');
      expect(await rig.engine.auditLines()).toEqual([
        'PUT,/agencies/1/batches/1,201,0',
        'PUT,/draw,201,0',
        'PUT,/agencies/1/batches/2,410,0',
        'GET,/agencies/1/winners,200,0',
      ]);
    });
  });
}
