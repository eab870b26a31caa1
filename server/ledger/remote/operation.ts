/** What a commit group is made of: the operations, and what each is answered with. */
import type { AppendOutcome, Draw, DrawState, Standing } from '../ledger';
import type { DigestedBatch } from './batch_digest';

/** What the client called its request, for the audit log; `undefined` when it gave no name. */
interface Requested {
  readonly requestId: string | undefined;
}

/** An operation on the ledger. `ask` is the number of an ASK in the run of this server (PROTOCOL.md, R22). */
export type Operation =
  /** Stores a batch. `ask` is the one that it follows on its connection. */
  | ({ readonly kind: 'place'; readonly batch: DigestedBatch; readonly ask: number | undefined } & Requested)
  /** Records that an agency has finished. */
  | ({ readonly kind: 'finish'; readonly agency: number } & Requested)
  /** Says what is stored of an agency. `ask` is the ASK that it answers. */
  | ({ readonly kind: 'standing'; readonly agency: number; readonly ask: number | undefined } & Requested)
  /** Says what is stored of the agencies `after` + 1 to `after` + `limit`: all of them take part in the lottery. */
  | ({ readonly kind: 'standings'; readonly after: number; readonly limit: number } & Requested)
  /** Finds a batch's text. */
  | ({ readonly kind: 'batch-text'; readonly agency: number; readonly batchId: number } & Requested)
  /** Says how far the draw is, for an agency's winners or, with `undefined`, for the draw. */
  | ({ readonly kind: 'draw-state'; readonly winnersOf: number | undefined } & Requested)
  /** Only writes a line into the audit log: of a request that was refused, or answered, without the ledger. */
  | { readonly kind: 'refused'; readonly line: string }
  /** Closes the sale, for the draw. */
  | { readonly kind: 'close-sale' }
  /** Stores the result of the draw, unless one is stored. */
  | { readonly kind: 'record-draw'; readonly draw: Draw };

/** What an operation of each kind is answered with. */
export interface Answers {
  /** `taken-over`: a batch that follows a later ASK for the agency was taken; this one left no line. */
  readonly place: AppendOutcome | 'taken-over';
  /** How many agencies have finished, this one included. */
  readonly finish: number;
  readonly standing: Standing;
  readonly standings: readonly Standing[];
  /** `undefined` where no such batch is stored. */
  readonly 'batch-text': Buffer | undefined;
  readonly 'draw-state': DrawState;
  readonly refused: undefined;
  readonly 'close-sale': undefined;
  readonly 'record-draw': undefined;
}

/** What some operation is answered with. */
export type Answer = Answers[Operation['kind']];

/** What this operation is answered with. */
export type AnswerTo<Asked extends Operation> = Answers[Asked['kind']];

/** The bytes of a batch's text that an operation carries. */
export function textBytesOf(operation: Operation): number {
  return operation.kind === 'place' ? operation.batch.text.length : 0;
}
