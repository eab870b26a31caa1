/** How a server is spoken to over one connection: bytes in both directions, no socket. */

/** What every way of speaking is made from. */
export interface WireOptions {
  /** The agency whose batches these are, from 1 on; 0 where no batches are sent. */
  readonly agency: number;
  /** The bets of a batch, joined with `;`. */
  readonly bets: Buffer;
  /** How many batches are written at most before the first of them has left. */
  readonly places: number;
}

/** One connection's side of a conversation. */
export interface Wire {
  /** What is sent first, and gets one answer; left out where nothing is. */
  readonly greeting?: Buffer;
  /** The size of a batch as it is sent. */
  readonly batchBytes: number;

  /** The bytes of batches with consecutive ids, as few slices; each batch gets one answer, in order. */
  batches(firstBatchId: number, count: number): Buffer[];

  /**
   * Reads what has come.
   *
   * @param send sends what the server wants to hear back beside the batches
   * @returns how many answers have become complete
   * @throws OperationError when the server refuses, or answers what is not expected
   */
  answers(chunk: Buffer, send: (bytes: Buffer) => void): number;
}
