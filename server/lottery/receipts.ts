/** Receipts from the transparency log (PROTOCOL.md, R29), as the lottery gives them to the doors. */

/** How far the log is that receipts are cut out of. */
export interface LogProgress {
  /** How many leaves are in the latest signed checkpoint. */
  readonly size: number;
  /** Whether the seal is among them, and whether the result is. */
  readonly isSealed: boolean;
  readonly hasResult: boolean;
  /** Whose signatures stand under that checkpoint, by the names of their keys. */
  readonly signers: readonly string[];
  /** The same of the checkpoint whose last leaf is the seal; none before there is one. */
  readonly sealSigners: readonly string[];
}

/** A log of which nothing is signed yet. */
export const NOTHING_SIGNED: LogProgress = {
  size: 0,
  isSealed: false,
  hasResult: false,
  signers: [],
  sealSigners: [],
};

/** Where receipts come from: what keeps the tree of the transparency log. */
export interface Receipts {
  readonly progress: LogProgress;
  /**
   * The receipt of a batch, or of a FIN: a tlog-proof file (C2SP) of at most `MAX_RECEIPT_BYTES`, whose leaf is in a
   * signed checkpoint that is on durable storage.
   *
   * Its `extra` is for a batch 64 bytes, the salt and the chain before the batch; for a FIN 32 bytes, the agency's key.
   *
   * @param agency one of the lottery's
   * @param batchId the batch; 0 for the agency's FIN
   * @returns `undefined` where it is in no signed checkpoint yet, or was never stored
   * @throws ProtocolError `unavailable` while the tree cannot be read
   */
  receiptOf(agency: number, batchId: number): Promise<Buffer | undefined>;
}
