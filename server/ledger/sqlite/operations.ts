/** What goes between the main thread and the writer: operations through shared memory, the rest as messages. */
import type { Draw, LedgerState, LotteryTerms, Standing } from '../ledger';
import type { HandOverMemory } from './hand_over';

/** What a writer is started with. */
export interface WriterStart {
  /** The ledger's folder, which this process has locked. */
  readonly folder: string;
  readonly terms: LotteryTerms;
  /** False where a ledger was made before: to begin a new one in its place would hide its loss. */
  readonly mayCreate: boolean;
  /** Where the operations come from. */
  readonly memory: HandOverMemory;
  /** Behind a writer that failed: how many frames of the log belong to commits that have succeeded. */
  readonly committedFrames: number | undefined;
}

/** Kinds of operations. */
export const APPEND = 0;
export const FINISH = 1;
export const STANDING = 2;
export const CLOSE_SALE = 3;
/** Stores a draw, which has been sent as a message before. */
export const STORE_DRAW = 4;
/** Ends the writer. */
export const CLOSE = 5;
/** Asks for the standings of so many agencies (BATCH_ID) behind one (AGENCY). */
export const STANDINGS = 6;
export const BATCH_TEXT = 7;
/** Asks how far the draw is, for the winners of an agency, or with agency 0 for the draw. */
export const DRAW_STATE = 8;
/** Writes its label into the audit log. */
export const NOTE = 9;

/**
 * An operation; only APPEND has all the numbers, and a text. Its label is the id of its request, empty for none; that
 * of NOTE is a line of the audit log.
 */
export interface Operation {
  readonly kind: number;
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  readonly lastBetId: number;
}

/**
 * The answer to an operation. APPEND: its outcome. STANDING: last batch id, last bet id, batches, bets, and 1 for an
 * agency that has finished. DRAW_STATE: the state. BATCH_TEXT: 1 where there is one.
 */
export type Answer = readonly [number, number, number, number, number];

/** What an answer holds that numbers cannot: of STANDINGS, and of a BATCH_TEXT that was found. */
export type Found = readonly Standing[] | Uint8Array;

/** The messages that the writer is sent: draws, for STORE_DRAW. */
export type ToWriter = Draw;

/** Everything that the writer sends. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly state: LedgerState }
  | { readonly kind: 'not-opened'; readonly reason: string; readonly isConfiguration: boolean }
  /** The next operations are on durable storage; their answers stand in their places. */
  | {
      readonly kind: 'committed';
      readonly operations: number;
      readonly durationMs: number;
      /** For each of the operations that has found something, what, in their order. */
      readonly found: readonly Found[];
    }
  /** What is committed could not be moved from the log into the database; it will be tried again. */
  | { readonly kind: 'not-moved'; readonly reason: string }
  /** None of the operations that were not answered has left anything. The writer has ended. */
  | { readonly kind: 'failed'; readonly reason: string; readonly committedFrames: number }
  | { readonly kind: 'closed' };
