import { IdleTime } from './idle_time';
import { SLICE_BYTES } from './limits';
import { Wire } from './wire';

/**
 * Replies on their way to the wire. Those that become ready together leave in one write, and a large one leaves in
 * slices as the peer takes it, so that a peer which takes it slowly can be told from one that takes nothing.
 */
export class Outgoing {
  readonly #wire: Wire;
  readonly #idle: IdleTime;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(wire: Wire, idle: IdleTime) {
    this.#wire = wire;
    this.#idle = idle;
  }

  /** Whether the wire was given everything. */
  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  /** Bytes of replies that the peer has not taken. */
  get unsentBytes(): number {
    return this.#wire.unsentBytes + this.#bytes;
  }

  /** Adds a reply, which leaves with the next flush. */
  push(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Gives the wire as much as it may hold. */
  flush(): void {
    if (this.#parts.length > 1 && this.#bytes <= SLICE_BYTES) this.#parts = [Buffer.concat(this.#parts)];
    for (let bytes = this.#parts[0]; bytes !== undefined; bytes = this.#parts[0]) {
      const unsentBytes = this.#wire.unsentBytes;
      if (unsentBytes >= SLICE_BYTES) return;
      if (unsentBytes === 0) this.#idle.restart();
      if (bytes.length <= SLICE_BYTES) this.#parts.shift();
      else this.#parts[0] = bytes.subarray(SLICE_BYTES);
      const slice = bytes.subarray(0, SLICE_BYTES);
      this.#bytes -= slice.length;
      this.#wire.write(slice);
    }
  }
}
