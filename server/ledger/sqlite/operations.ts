/**
 * What goes between the main thread and the writer: parcels of operations one way, one answer for each commit the
 * other way. Numbers travel packed, so that a batch costs no object on the way.
 */
import { AppendOutcome, Draw, LotteryTerms } from '../ledger';

/** What the writer is started with. */
export interface WriterStart {
  /** The ledger's folder. */
  readonly folder: string;
  readonly terms: LotteryTerms;
}

/** Kinds of operations. */
export const APPEND = 0;
export const FINISH = 1;
export const STANDING = 2;
export const CLOSE_SALE = 3;

/** The numbers of one operation: kind, agency, batch id, bets, last bet id, bytes of text. */
export const OPERATION_NUMBERS = 6;

/** The numbers of one answer. APPEND: its outcome. STANDING: last batch id, last bet id, bets. */
export const ANSWER_NUMBERS = 3;

/** The outcomes of APPEND, by their number. */
export const OUTCOMES: readonly AppendOutcome[] = ['stored', 'already-stored', 'conflict', 'closed'];

/** Operations that were handed over together. */
export interface Parcel {
  readonly kind: 'parcel';
  readonly operations: Float64Array;
  /** The texts of all batches, joined with `;`, in the order of their operations. */
  readonly text: Uint8Array;
}

/** Stores the result of the draw. */
export interface StoreDraw {
  readonly kind: 'store-draw';
  readonly draw: Draw;
}

/** Everything that the writer is sent, in the order in which it takes effect. */
export type ToWriter =
  | Parcel
  | StoreDraw
  /** All rejections have been delivered: what comes now is new work. */
  | { readonly kind: 'go-on' }
  | { readonly kind: 'close' };

/** Everything that the writer sends. */
export type FromWriter =
  /** The next `parcels` parcels are on durable storage; `answers` are those of their operations, in order. */
  | { readonly kind: 'committed'; readonly parcels: number; readonly answers: Float64Array }
  /** The next `parcels` parcels have left nothing. The writer refuses all work until `go-on`. */
  | { readonly kind: 'rejected'; readonly parcels: number; readonly reason: string }
  | { readonly kind: 'draw-stored' }
  | { readonly kind: 'draw-rejected'; readonly reason: string }
  | { readonly kind: 'closed' };
