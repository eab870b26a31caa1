/**
 * How a ledger's audit log is read, and what it is held against, whichever engine keeps it. A reader changes nothing,
 * and servers may go on writing.
 *
 * A segment is a part of the log that became durable at once: a commit group.
 */
import type { Draw } from './draw';

/** The lines of one segment. */
export interface AuditSegment {
  /**
   * Counts up from 1. The log is in order of it. In SQLite no number is missing; in PostgreSQL one is where a group has
   * failed, or has left no line.
   */
  readonly sequence: number;
  /** Each with its line feed; empty where the segment has none. */
  readonly lines: string;
}

/** A batch as the ledger has it. */
export interface StoredBatch {
  readonly agency: number;
  readonly batchId: number;
  /** How many bets are in it. */
  readonly bets: number;
}

/** A batch, and the sequence number of the segment that it is stored in. */
export interface PlacedBatch extends StoredBatch {
  readonly segment: number;
}

/** A note as the ledger has it, and the sequence number of the segment that it was written in last. */
export interface PlacedNote {
  /** An agency's number, or `LOTTERY_OWNER`. */
  readonly owner: number;
  readonly name: string;
  readonly segment: number;
}

/** What a ledger holds beside its segments and batches. */
export interface StoredLottery {
  /** How many agencies take part. */
  readonly agencies: number;
  /** Whether the sale was closed for the draw. */
  readonly isSaleClosed: boolean;
  /** The agencies that have finished, and the segment that the ledger has of each. */
  readonly finished: ReadonlyMap<number, number>;
  /**
   * What that segment is: the one that the FIN stands in, or the one that it stands behind, which is its own when a
   * batch is stored above it there.
   */
  readonly finishPlace: 'in' | 'behind';
  readonly draw: Draw | undefined;
}

/** What the stored bets say of the winners (as {@link Draw.winners}), or why that cannot be told: the ledger is damaged. */
export type WinnersFound = { readonly winners: ReadonlyMap<number, string> } | { readonly reason: string };

/** What is gone through once, from the beginning to the end. */
export type Sequential<Item> = Iterable<Item> | AsyncIterable<Item>;

/** A ledger as it stands at one moment. */
export interface LedgerSnapshot {
  readonly stored: StoredLottery;
  /** All segments, in their order. @throws OperationError when they cannot be read, or are damaged */
  segments(): Sequential<AuditSegment>;
  /** All batches, segment by segment, in the order of their bets. @throws OperationError when they cannot be read */
  batches(): Sequential<PlacedBatch>;
  /**
   * All notes, in any order, each held against its checksum where it has one.
   *
   * @throws OperationError when they cannot be read, or are damaged
   */
  notes(): Sequential<PlacedNote>;
  /**
   * Reads every bet, holding it against its checksum. To be called when the others were gone through.
   *
   * @throws OperationError when they cannot be read
   */
  findWinners(): Promise<WinnersFound>;
}

/** The audit log of a ledger, open for reading. */
export interface AuditReader {
  /**
   * The highest sequence number now: up to it no segment will be added any more.
   *
   * @returns 0 where there is none
   * @throws OperationError when it cannot be read
   */
  lastSequence(): Promise<number>;
  /**
   * Segments in their order.
   *
   * @param after the sequence number that they stand behind; 0 for all
   * @param last the highest one: no more than {@link lastSequence}
   * @throws OperationError when they cannot be read, or are damaged
   */
  read(after: number, last: number): Sequential<AuditSegment>;
  /**
   * What the ledger holds now. To be called once; it ends with the reader.
   *
   * @throws OperationError when it cannot be read, or what is damaged leaves nothing to compare
   */
  snapshot(): Promise<LedgerSnapshot>;
  close(): Promise<void>;
}
