import type { Log } from '../program/log';
import type { Batch, BatchSource, StartingPoint } from './batch_source';

/** The session, as what asks for receipts sees it. */
export interface ReceiptLink {
  write(bytes: Buffer): void;
  /** Whether an RCP may be sent now: the connection is there, and no other answer is waited for that comes alone. */
  mayAsk(): boolean;
  /** A receipt is wrong, or cannot be kept: the session ends. */
  failed(error: Error): unknown;
}

/**
 * What a session tells, and is told, of receipts (PROTOCOL.md, R29). They are asked for beside everything else: nothing
 * waits for them but the end of the session.
 */
export interface SessionReceipts {
  /** The message that asks. */
  readonly letters: string;
  /** Whether an answer is awaited on this connection. */
  readonly isAsked: boolean;
  /** The session begins. */
  open(link: ReceiptLink): void;
  /** Batches come from here on; those before are another run's. */
  beginAt(from: StartingPoint): void;
  /** A batch is stored. @param stored what is stored with it; the batch's bytes are for use until this returns */
  acknowledged(batch: Batch, stored: StartingPoint): void;
  /** FIN was sent, perhaps again. @param stored everything */
  finished(stored: StartingPoint): void;
  /** An RCP has come. @throws Error when none was awaited */
  take(receipt: Buffer): void;
  /** The server does not know RCP, or gives no receipts: none is asked for any more. */
  noteUnknown(log: Log): void;
  /** The connection is over: what was not answered will be asked for on the next one. */
  abandon(): void;
  /** WIN has come. @param then called, once, when the receipt of the FIN was kept or is waited for no longer */
  afterWin(then: () => void): void;
  /** Asks for nothing more. */
  close(): void;
}

/** The receipts of one run of an agency. */
export interface AgencyReceipts extends SessionReceipts {
  /**
   * Waits until all that came are kept.
   *
   * @throws OperationError when one was wrong or could not be kept, or FIN was sent and has no receipt
   */
  end(): Promise<void>;
}

/** Begins a run. @param ownBatches the agency's rows, to be gone through once more */
export type OpenReceipts = (ownBatches: () => BatchSource) => AgencyReceipts;

/** For an agency that asks for none. */
export const NO_RECEIPTS: SessionReceipts = {
  letters: 'RCP',
  isAsked: false,
  open: () => undefined,
  beginAt: () => undefined,
  acknowledged: () => undefined,
  finished: () => undefined,
  take: () => {
    throw new Error('an RCP that was not asked for');
  },
  noteUnknown: () => undefined,
  abandon: () => undefined,
  afterWin: (then) => then(),
  close: () => undefined,
};
