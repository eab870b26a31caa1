/** What goes between the main thread and the writer beside the submission ring: messages of the threads. */
import type { Draw } from '../draw';
import type { LedgerState, LotteryTerms } from '../ledger';
import type { LargeAnswer } from './answer_codec';
import type { RingMemory } from './submission_ring';

/** What a writer is started with. */
export interface WriterStart {
  /** The ledger's folder, which this process has locked. */
  readonly folder: string;
  readonly terms: LotteryTerms;
  /** False where a ledger was made before: to begin a new one in its place would hide its loss. */
  readonly mayCreate: boolean;
  /** Where the operations come from. */
  readonly memory: RingMemory;
  /** After a writer that failed: how many frames of the log belong to commits that have succeeded. */
  readonly committedFrames: number | undefined;
}

/** The messages that the writer is sent: draws, each before the operation that records it. */
export type ToWriter = Draw;

/** None of the operations that were not answered has left anything. The writer has ended. */
export interface WriterFailure {
  readonly kind: 'failed';
  readonly reason: string;
  /** The file does not hold what was written. */
  readonly isDamaged: boolean;
  readonly committedFrames: number;
}

/** Everything that the writer sends. */
export type FromWriter =
  | { readonly kind: 'opened'; readonly state: LedgerState }
  | {
      readonly kind: 'not-opened';
      readonly reason: string;
      readonly isConfiguration: boolean;
      /** Another program has locked the file: it may be tried again. */
      readonly isLocked: boolean;
    }
  /** The next operations are on durable storage; their answers stand in their slots. */
  | {
      readonly kind: 'committed';
      readonly operations: number;
      readonly durationMs: number;
      /** What is too large for a slot, of each of the operations whose answer has such a part, in their order. */
      readonly large: readonly LargeAnswer[];
    }
  /** The next commit waits for something outside of the program. Told once each time. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** So much of the log, in bytes, could not be moved into the database, since a reader needs it there. */
  | { readonly kind: 'log-held'; readonly bytes: number }
  /** What is committed could not be moved from the log into the database; it will be tried again. */
  | { readonly kind: 'not-moved'; readonly reason: string }
  | WriterFailure
  | { readonly kind: 'closed' };
