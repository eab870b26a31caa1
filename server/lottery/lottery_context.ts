/** What is around a lottery. */
import type { Clock } from '../../program/clock';
import type { Log } from '../../program/log';
import type { Draw } from '../ledger/draw';
import type { AgencySums } from '../ledger/operation';
import type { DrawSettings } from './draw_keeper';
import type { Receipts } from './receipts';

/** Told of what happens, to be counted. */
export interface LotteryObserver {
  /** An agency has sent a batch or a FIN, whatever it was answered. */
  heard(agency: number): void;
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

/** What the lottery needs from the program around it. */
export interface LotteryContext extends DrawSettings {
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: LotteryObserver;
  /** Milliseconds since 1970, for the deadline. The system's clock if left out. */
  readonly wallTimeMs?: () => number;
  /** Whether each batch has a line in the log, at DEBUG; if left out, see `BatchLog`. */
  readonly tellsEachBatch?: boolean;
  /** Where receipts come from (R29); none are given if left out. */
  readonly receipts?: Receipts | undefined;
  /** No draw can be held over this ledger: the program ends. */
  readonly onBroken: (error: Error) => void;
}
