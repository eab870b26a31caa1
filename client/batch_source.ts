import { NO_CHECK } from '../protocol/payload_check';

/** A batch, ready for the wire. */
export interface Batch {
  /** Counts up from 1. */
  readonly batchId: number;
  readonly betCount: number;
  /** The id of its last bet. */
  readonly lastBetId: number;
  /** The check value of all bets from the first on, those of this batch included (PROTOCOL.md, R27). */
  readonly check: number;
  /** The whole BET message. */
  readonly bytes: Buffer;
}

/** After which bet a source goes on: what the server has of this agency (PROTOCOL.md, R12). */
export interface StartingPoint {
  readonly lastBatchId: number;
  readonly lastBetId: number;
  readonly bets: number;
  /** The check value of these bets (R27); `undefined` where it is not known. */
  readonly check?: number | undefined;
}

/** Where an agency starts of which the server has nothing. */
export const NOTHING_SENT: StartingPoint = { lastBatchId: 0, lastBetId: 0, bets: 0, check: NO_CHECK };

/** Where the session takes its batches from. */
export interface BatchSource {
  /** Whether all batches were taken. */
  readonly isAtEnd: boolean;
  /**
   * Starts again after what the server has. The rows are gone through from the first on, whatever the server has.
   *
   * @param onChange called whenever there are batches again, and when the end is reached
   * @param onFailure called when there will be no more batches because the source has failed; with an OtherBetsStored when
   *   the bets up to there are not those that the server has
   */
  start(from: StartingPoint, onChange: () => void, onFailure: (error: Error) => void): void;
  /** The next batch, or `undefined` when there is none now: at the end, or until `onChange` is called. */
  next(): Batch | undefined;
  /**
   * Whether what the batches were made of is still what it was. To be asked before the end is acted on: FIN cannot be
   * taken back.
   *
   * @throws OperationError when it has changed
   */
  requireUnchanged(): void;
  /**
   * The check values (R27) of all bets up to each of these, from the first on. The ids ascend.
   *
   * @throws OperationError when they cannot be read
   */
  checksUpTo(betIds: readonly number[]): Promise<readonly number[]>;
  /** Takes back a batch that is no longer needed: its memory may be used for another. */
  takeBack(batch: Batch): void;
  /** Closes what is open. */
  close(): void;
}
