/** What the contract says of reading: where agencies stand, and the text of batches. */
import { payloadCheck } from '../../../../protocol/payload_check';
import { batchOf } from '../../../testing/bets';
import { NOTHING_STORED } from '../../operation';
import type { ContractRig } from './contract_rig';

/** Declares these tests. */
export function reading(rig: ContractRig): void {
  describe('standing', () => {
    test('says up to which batch all are stored, whatever their order', async () => {
      const seen: number[] = [];
      for (const batchId of [3, 1, 5, 2, 7, 6, 4]) {
        await rig.append(1, batchId, [{ id: batchId * 10 }]);
        const { lastBatchId, lastBetId } = await rig.ledger.standing(1);
        expect(lastBetId).toBe(lastBatchId * 10);
        seen.push(lastBatchId);
      }
      expect(seen).toEqual([0, 1, 1, 3, 3, 3, 7]);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 7, lastBetId: 70, bets: 7 });
    });

    test('counts bets after a gap', async () => {
      await rig.append(1, 99_999_999, [{ id: 1 }, { id: Number.MAX_SAFE_INTEGER }]);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 2 });
    });

    test('is exact for the largest bet id', async () => {
      await rig.append(1, 1, [{ id: Number.MAX_SAFE_INTEGER }]);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBetId: Number.MAX_SAFE_INTEGER });
    });

    test('is of one agency', async () => {
      await rig.append(1, 1);
      expect(await rig.ledger.standing(2)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 0 });
    });
  });

  describe('reading', () => {
    test('the text of a batch as it was received', async () => {
      const batch = batchOf(2, 5, [{ id: 1 }, { id: 2, firstName: 'Zoë' }]);
      const text = batch.text.toString();
      await rig.ledger.append(batch);
      expect((await rig.ledger.batchText(2, 5))?.toString()).toBe(text);
      expect(await rig.ledger.batchText(2, 6)).toBeUndefined();
      expect(await rig.ledger.batchText(1, 5)).toBeUndefined();
    });

    test('many batches in one turn, between others', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => rig.append(1, index + 1, [{ id: index + 1 }])),
      );
      const texts = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          index % 2 === 0 ? rig.ledger.batchText(1, index / 2 + 1) : rig.append(2, index),
        ),
      );
      texts.forEach((text, index) => {
        const bet = `1,${index / 2 + 1},`;
        expect(index % 2 === 0 ? text?.toString().startsWith(bet) : text === 'stored').toBe(true);
      });
    });

    test('the check values of batches, up to one that is missing', async () => {
      const batches = [1, 2, 4].map((batchId) =>
        batchOf(2, batchId, [{ id: batchId * 10 }, { id: batchId * 11 }]),
      );
      for (const batch of batches) await rig.ledger.append(batch);
      await rig.append(1, 3);
      const checks = batches.map(({ lastBetId, text }) => {
        const payload = Buffer.concat([Buffer.from(';'), text]);
        return { lastBetId, payloadBytes: payload.length, check: payloadCheck(payload) };
      });
      expect(await rig.ledger.batchChecks(2, 0, 10)).toEqual(checks.slice(0, 2));
      expect(await rig.ledger.batchChecks(2, 0, 1)).toEqual(checks.slice(0, 1));
      expect(await rig.ledger.batchChecks(2, 1, 10)).toEqual(checks.slice(1, 2));
      expect(await rig.ledger.batchChecks(2, 2, 10)).toEqual([]);
      expect(await rig.ledger.batchChecks(2, 3, 10)).toEqual(checks.slice(2));
      expect(await rig.ledger.batchChecks(3, 0, 10)).toEqual([]);
    });

    test('the standings of a range of agencies, at one moment', async () => {
      await Promise.all([rig.append(1, 1), rig.append(3, 1, [{ id: 1 }, { id: 4 }]), rig.ledger.finish(3)]);
      const three = { lastBatchId: 1, lastBetId: 4, batches: 1, bets: 2, isFinished: true };
      expect(await rig.ledger.standing(3)).toEqual(three);
      expect(await rig.ledger.standings(1, 10)).toEqual([NOTHING_STORED, three]);
      expect(await rig.ledger.standings(1, 1)).toEqual([NOTHING_STORED]);
      expect(await rig.ledger.standings(3, 10)).toEqual([]);
      expect(await rig.ledger.standings(30, 10)).toEqual([]);
    });
  });
}
