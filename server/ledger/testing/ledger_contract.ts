/**
 * The tests that every ledger passes: what `ledger.ts` promises, one file for each subject in `contract/`.
 *
 * Errors are recognised by their name: an engine may be compiled separately from its tests.
 */
import { EMPTY_LEDGER } from '../ledger';
import { auditLog } from './contract/audit_log';
import { closing } from './contract/closing';
import { ContractRig, OTHER_BET } from './contract/contract_rig';
import { drawing } from './contract/drawing';
import { finishing } from './contract/finishing';
import { keepingNotes } from './contract/keeping_notes';
import { placing } from './contract/placing';
import { reading } from './contract/reading';
import { reopening } from './contract/reopening';
import { takingOver } from './contract/taking_over';
import type { LedgerEngine } from './ledger_engine';

/** Declares the contract's tests for an engine. */
export function ledgerContract(name: string, engine: LedgerEngine): void {
  describe(`${name} keeps the ledger's contract`, () => {
    const rig = new ContractRig(engine);
    beforeEach(() => rig.open());
    afterEach(() => rig.ledger.close());

    test('a new ledger is empty', async () => {
      expect(rig.ledger.openedWith).toEqual(EMPTY_LEDGER);
      expect(rig.ledger.queuedBytes).toBe(0);
      expect(await rig.ledger.standing(1)).toMatchObject({ lastBatchId: 0, lastBetId: 0, bets: 0 });
    });

    test('calls made in one turn take effect in their order', async () => {
      const answers = await Promise.all([
        rig.ledger.standing(1),
        rig.append(1, 1),
        rig.ledger.standing(1),
        rig.ledger.finish(1),
        rig.append(1, 2),
        rig.append(2, 1, OTHER_BET),
        rig.ledger.standing(2),
        rig.append(1, 1),
        rig.ledger.finish(2),
        rig.ledger.standing(1),
      ]);
      expect(answers).toMatchObject([
        { lastBatchId: 0, lastBetId: 0, bets: 0 },
        'stored',
        { lastBatchId: 1, lastBetId: 7, bets: 1 },
        1,
        'closed',
        'stored',
        { lastBatchId: 1, lastBetId: 8, bets: 1 },
        'already-stored',
        2,
        { lastBatchId: 1, lastBetId: 7, bets: 1 },
      ]);
    });

    placing(rig);
    takingOver(rig);
    finishing(rig);
    drawing(rig);
    reading(rig);
    keepingNotes(rig);
    auditLog(rig);
    closing(rig);
    if (engine.reopen !== undefined) reopening(rig);
  });
}
