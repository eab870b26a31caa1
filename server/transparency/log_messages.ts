/** What the main thread and the thread of the log say to each other. */
import type { LogTerms } from '../../transparency/draw/entries';

/** The ledger that is followed. */
export interface FollowedLedger {
  readonly engine: 'sqlite';
  readonly folder: string;
}

/** What the thread is started with. */
export interface LogThreadStart {
  readonly ledger: FollowedLedger;
  /** Where the log is kept. */
  readonly folder: string;
  readonly terms: LogTerms;
  /** The signing key, PKCS#8 in PEM form. */
  readonly keyPem: string;
}

/** To the thread: to look for something new at once, to do so and end, or to give a receipt. */
export type ToLogThread =
  | { readonly kind: 'look' | 'stop' }
  | { readonly kind: 'receipt'; readonly id: number; readonly agency: number; readonly batchId: number };

/** How far the log is. */
export interface LogProgress {
  /** How many leaves are in the latest checkpoint. */
  readonly size: number;
  readonly isSealed: boolean;
  readonly hasResult: boolean;
}

/** From the thread. `published` comes first when all that was in the ledger at the start is in the log. */
export type FromLogThread =
  | ({ readonly kind: 'published' } & LogProgress)
  | { readonly kind: 'receipt'; readonly id: number; readonly receipt: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly reason: string; readonly isDamaged: boolean };
