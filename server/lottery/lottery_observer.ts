import type { Draw } from '../ledger/draw';
import type { AgencySums } from '../ledger/operation';

/** Told of what happens, to be counted. */
export interface LotteryObserver {
  /** A batch was stored. @param bytes of its text */
  batchStored(agency: number, bets: number, bytes: number): void;
  /** A batch came that was stored before. */
  batchRepeated(): void;
  /** An agency has finished; it may be told again. */
  agencyFinished(agency: number): void;
  /** So much is stored of each agency, by all servers together. */
  summed(sums: ReadonlyMap<number, AgencySums>): void;
  /** The draw has run, or was called off. */
  drawn(draw: Draw): void;
}
