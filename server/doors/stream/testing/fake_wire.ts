import { Wire } from '../wire';

/**
 * A socket that is none: keeps what is written, counts what is done to it, and notes what a real one would not allow.
 * For tests.
 */
export class FakeWire implements Wire {
  /** What the test says the peer has not taken. */
  unsentBytes = 0;
  /** What the test says has come and was not delivered. */
  unreadBytes = 0;
  written = '';
  writes = 0;
  isPaused = false;
  hasEnded = false;
  isDestroyed = false;
  /** What must not happen on a socket, in words. */
  readonly mistakes: string[] = [];
  #isClosed = false;

  write(bytes: Buffer): void {
    if (this.hasEnded) this.mistakes.push(`written after end: ${JSON.stringify(bytes.toString())}`);
    if (this.#isClosed) this.mistakes.push(`written after close: ${JSON.stringify(bytes.toString())}`);
    this.writes++;
    this.written += bytes.toString('latin1');
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    if (this.hasEnded) this.mistakes.push('ended twice');
    this.hasEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The connection is gone, from whichever side. */
  close(connection: { closed(): void }): void {
    this.#isClosed = true;
    connection.closed();
  }
}
