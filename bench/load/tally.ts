import { Latencies } from './latencies';

/** What is counted, for all connections of a load together. */
export class Tally {
  readonly latencies = new Latencies();
  batches = 0;
  bytes = 0;
  /** All batches that were answered, counted or not. */
  acknowledged = 0;
  isCounting = false;
}
