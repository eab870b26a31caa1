/** A batch, ready for the wire. */
export interface Batch {
  /** Counts up from 1. */
  readonly batchId: number;
  readonly betCount: number;
  /** The id of its last bet. */
  readonly lastBetId: number;
  /** The whole BET message. */
  readonly bytes: Buffer;
}

/** After which bet a source goes on: what the server has of this agency (PROTOCOL.md, R12). */
export interface StartingPoint {
  readonly lastBatchId: number;
  readonly lastBetId: number;
  readonly bets: number;
}

/** Where the session takes its batches from. */
export interface BatchSource {
  /** Whether all batches were taken. */
  readonly isAtEnd: boolean;
  /**
   * Starts again after what the server has. The rows are gone through from the first on, whatever the server has.
   *
   * @param onChange called whenever there are batches again, and when the end is reached
   * @param onFailure called when there will be no more batches because the source has failed
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
  /** Takes back a batch that is no longer needed: its memory may be used for another. */
  takeBack(batch: Batch): void;
  /** Closes what is open. */
  close(): void;
}
