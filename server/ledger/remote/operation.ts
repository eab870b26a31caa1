/**
 * The operations of a commit group: those of the ledger (operation.ts there), with what only a store that is another
 * program adds to them.
 */
import type {
  AnswerTo as LedgerAnswerTo,
  Operation as LedgerOperation,
  OperationOf,
  PlaceAnswer,
} from '../operation';
import type { DigestedBatch } from './batch_digest';

/** A batch to be stored, with its digest. */
export type PlaceOperation = Omit<OperationOf<'place'>, 'batch'> & { readonly batch: DigestedBatch };

/** An operation on the store. */
export type Operation = Exclude<LedgerOperation, { kind: 'place' }> | PlaceOperation;

/**
 * What a batch is answered with. Two of these have left no line: `taken-over`, because a batch that follows a later ASK
 * for the agency was stored; `late`, because the deadline has passed by the store's clock and the sale is not closed yet.
 */
export type StoreAnswer = PlaceAnswer | { readonly outcome: 'taken-over' } | { readonly outcome: 'late' };

/** What this operation is answered with. */
export type AnswerTo<Asked extends Operation> = Asked extends PlaceOperation
  ? StoreAnswer
  : Asked extends LedgerOperation
    ? LedgerAnswerTo<Asked>
    : never;

/** What some operation is answered with. */
export type Answer = AnswerTo<Operation>;

/** The bytes of a batch's text that an operation carries. */
export function textBytesOf(operation: Operation): number {
  return operation.kind === 'place' ? operation.batch.text.length : 0;
}
