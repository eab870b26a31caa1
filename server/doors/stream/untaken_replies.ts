import { DEAF_AFTER_MS, MAX_UNTAKEN_BYTES, SMALL_SHARE_BYTES } from './limits';

/** A connection whose peer may not take its replies. */
export interface UntakenHolder {
  /** How long the peer has taken nothing. */
  readonly silentForMs: number;
  /** Drops the connection. */
  dropConnection(): void;
}

/**
 * The memory of replies that peers have not taken, all connections together. While it is over its bound, whoever holds more
 * than a small share is read no further, and of those the ones that have taken nothing for longest are dropped: who takes
 * replies loses nothing.
 */
export class UntakenReplies {
  /** What those hold that are over their small share. */
  readonly #large = new Map<UntakenHolder, number>();
  #bytes = 0;

  constructor(readonly maximumBytes = MAX_UNTAKEN_BYTES) {}

  /** What all hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all hold more than they may. */
  get isOver(): boolean {
    return this.#bytes > this.maximumBytes;
  }

  /** Whether a connection that holds so much may be read on. */
  mayReadOn(unsentBytes: number): boolean {
    return unsentBytes <= SMALL_SHARE_BYTES || !this.isOver;
  }

  /** A new share, empty at first. */
  share(holder: UntakenHolder): UntakenShare {
    return new UntakenShare((before, after) => {
      this.#bytes += after - before;
      if (after > SMALL_SHARE_BYTES) this.#large.set(holder, after);
      else this.#large.delete(holder);
    });
  }

  /** Drops connections until what is left is within the bound, or nobody is left who is deaf and over its share. */
  relieve(): void {
    if (this.#bytes <= this.maximumBytes) return;
    const deaf = [...this.#large.keys()].filter(({ silentForMs }) => silentForMs >= DEAF_AFTER_MS);
    deaf.sort((one, other) => other.silentForMs - one.silentForMs);
    for (const holder of deaf) {
      if (this.#bytes <= this.maximumBytes) return;
      holder.dropConnection();
    }
  }
}

/** What one connection holds. */
export class UntakenShare {
  readonly #change: (before: number, after: number) => void;
  #bytes = 0;

  /** @param change told of each change */
  constructor(change: (before: number, after: number) => void) {
    this.#change = change;
  }

  /** Sets how much it holds. */
  resize(bytes: number): void {
    if (bytes === this.#bytes) return;
    const before = this.#bytes;
    this.#bytes = bytes;
    this.#change(before, bytes);
  }
}
