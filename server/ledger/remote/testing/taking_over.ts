/** What holds of taking over (PROTOCOL.md, R22) for two ledgers on one store, whichever store it is. */
import { batchOf } from '../../../testing/bets';
import type { LedgerCalls } from '../../testing/ledger_calls';

/** Two ledgers on one store, opened for a test. */
export interface LedgerPair {
  readonly ledgers: readonly [LedgerCalls, LedgerCalls];
  /** The batches that are stored: agency and id. */
  readonly batches: () => Promise<readonly (readonly [number, number])[]>;
  /** How many ASKs of agency 1 are known. */
  readonly countAsks: () => Promise<number>;
}

/** What a batch is rejected with whose agency was taken over. */
export const BARRED = { name: 'AgencyTakenOver' };

/** An ASK for agency 1. */
export function ask(ledger: LedgerCalls, number: number): Promise<unknown> {
  return ledger.standing(1, undefined, number);
}

/** A batch of agency 1 behind an ASK. */
export function send(ledger: LedgerCalls, batchId: number, number: number): Promise<unknown> {
  return ledger.append(batchOf(1, batchId), undefined, number);
}

/** Declares the tests. @param pair those of the test @param maxKnownAsks of an agency, besides the one that sends */
export function takingOverTogether(pair: () => LedgerPair, maxKnownAsks: number): void {
  test('holds over all servers, whatever their numbers of the ASKs are', async () => {
    const { ledgers, batches } = pair();
    const [one, other] = ledgers;
    await ask(one, 9);
    await ask(other, 1);
    expect(await send(one, 1, 9)).toBe('stored');
    expect(await send(other, 2, 1)).toBe('stored');
    await expect(send(one, 3, 9)).rejects.toMatchObject(BARRED);
    await ask(one, 10);
    expect(await send(one, 3, 10)).toBe('stored');
    await expect(send(other, 4, 1)).rejects.toMatchObject(BARRED);
    expect(await batches()).toEqual([1, 2, 3].map((batchId) => [1, batchId]));
  });

  test('however many only ask, the connection that sends may go on sending', async () => {
    const { ledgers, countAsks } = pair();
    const [one, other] = ledgers;
    await ask(other, 1);
    expect(await send(other, 1, 1)).toBe('stored');
    for (let round = 0; round < 2; round++) {
      const numbers = Array.from({ length: maxKnownAsks + 6 }, (_, index) => 100 * round + index + 1);
      await Promise.all(numbers.map((number) => ask(one, number)));
      expect(await send(other, 2 + round, 1)).toBe('stored');
    }
    expect(await countAsks()).toBe(maxKnownAsks + 1);
    expect(await send(one, 4, 170)).toBe('stored');
    await expect(send(other, 5, 1)).rejects.toMatchObject(BARRED);
  });

  test('a bounded number of ASKs is known, and a connection whose ASK is older asks again', async () => {
    const { ledgers, countAsks } = pair();
    const [one, other] = ledgers;
    await ask(other, 1);
    await Promise.all(Array.from({ length: maxKnownAsks }, (_, index) => ask(one, index + 1)));
    await expect(send(other, 1, 1)).rejects.toMatchObject(BARRED);
    expect(await send(one, 1, 1)).toBe('stored');
    expect(await countAsks()).toBe(maxKnownAsks);
  });
}
