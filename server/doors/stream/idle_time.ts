import { Clock } from '../../../program/clock';

/** How long a peer has not done what was its turn: sent a message, or taken some of the replies. */
export class IdleTime {
  readonly #clock: Clock;
  #lastProgressMs: number;
  #lastUnsentBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastProgressMs = clock.nowMs();
  }

  get silentForMs(): number {
    return this.#clock.nowMs() - this.#lastProgressMs;
  }

  /** The peer has done its part, or it is not its turn. */
  restart(): void {
    this.#lastProgressMs = this.#clock.nowMs();
  }

  /** So long nobody looked at what the peer has done: it is not to blame for that time. */
  excuse(milliseconds: number): void {
    this.#lastProgressMs = Math.min(this.#clock.nowMs(), this.#lastProgressMs + milliseconds);
  }

  /** Compares what the peer has not taken with the last time: having taken some of it is progress. */
  compareUnsent(unsentBytes: number): void {
    if (unsentBytes < this.#lastUnsentBytes) this.restart();
    this.#lastUnsentBytes = unsentBytes;
  }
}
