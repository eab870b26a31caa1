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

/** Whether an operation reads notes or lists them: what it reads may be much, and may change later. */
export function isNoteRead({ kind }: Operation): boolean {
  return kind === 'get-note' || kind === 'list-notes';
}

/** Whether an operation changes notes. */
export function isNoteChange({ kind }: Operation): boolean {
  return kind === 'put-notes' || kind === 'delete-note' || kind === 'count-note';
}

/** Copies the values of notes that are to be written, so that the caller may change the bytes. */
export function withOwnValues(operation: OperationOf<'put-notes'>): OperationOf<'put-notes'> {
  const notes = operation.notes.map((note) => ({ ...note, value: Buffer.from(note.value) }));
  return { ...operation, notes };
}

/** The bytes that an operation carries: a batch's text, or the names and values of notes. */
export function textBytesOf(operation: Operation): number {
  if (operation.kind === 'place') return operation.batch.text.length;
  if (operation.kind !== 'put-notes') return 0;
  let bytes = 0;
  for (const { name, value } of operation.notes) bytes += name.length + value.length;
  return bytes;
}
