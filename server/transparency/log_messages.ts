/** What the main thread and the thread of the log say to each other. */
import type { LogTerms } from '../../transparency/draw/entries';

/** What the thread is started with. */
export interface LogThreadStart {
  /** The ledger that is followed, as the thread's program names it. */
  readonly ledger: object;
  /** Where the log is kept. */
  readonly folder: string;
  readonly terms: LogTerms;
  /** The signing key, PKCS#8 in PEM form. */
  readonly keyPem: string;
}

/** Which checkpoint a witness is to cosign: the latest one, or the one whose last leaf is the seal. */
export type WitnessedCheckpoint = 'latest' | 'sealed';

/** What the thread is asked for: bytes, or that something is done. */
export type LogRequest =
  | { readonly kind: 'receipt'; readonly agency: number; readonly batchId: number }
  /** Published leaves from an index on, for the control. */
  | { readonly kind: 'leaves'; readonly after: number; readonly limit: number }
  /** The body of `add-checkpoint` (C2SP tlog-witness) for a witness that knows so many leaves. */
  | { readonly kind: 'add-checkpoint'; readonly which: WitnessedCheckpoint; readonly old: number }
  /** Adds the line of a cosignature, which was verified, to a checkpoint. It is durable when it is answered. */
  | {
      readonly kind: 'cosignature';
      readonly which: WitnessedCheckpoint;
      readonly size: number;
      readonly line: string;
    };

/** To the thread: to look for something new at once, to do so and end, or a request. */
export type ToLogThread =
  { readonly kind: 'look' } | { readonly kind: 'stop' } | ({ readonly id: number } & LogRequest);

/** How far the log is. */
export interface LogProgress {
  /** How many leaves are in the latest checkpoint. */
  readonly size: number;
  readonly isSealed: boolean;
  readonly hasResult: boolean;
  /** Whose signatures stand under the latest checkpoint, and under that of the seal: the names of their keys. */
  readonly signers: readonly string[];
  readonly sealSigners: readonly string[];
}

/** So many of those who have signed a checkpoint are told. */
export const MAX_TOLD_SIGNERS = 16;

/** From the thread. `published` comes first when all that was in the ledger at the start is in the log. */
export type FromLogThread =
  | { readonly kind: 'published'; readonly progress: LogProgress }
  /** The ledger is out of reach for now: the thread waits for it. */
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly bytes: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly reason: string; readonly isDamaged: boolean };
