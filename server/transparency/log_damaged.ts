import { OperationError } from '../../program/exit';

/** What stands in the folder of the log is not what was written there. The ledger may be whole. */
export class LogDamaged extends OperationError {
  /** @param what is damaged */
  constructor(what: string) {
    super(`the log of receipts is damaged: ${what}`);
  }
}
