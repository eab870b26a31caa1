/** A bounded amount of memory that many requests share. It only counts: it allocates nothing. */
export class SharedMemory {
  #takenBytes = 0;

  constructor(readonly maximumBytes: number) {}

  /** Whether more is reserved than there is. */
  get isOver(): boolean {
    return this.#takenBytes > this.maximumBytes;
  }

  /** How much is reserved. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** A new share, empty at first. */
  share(): MemoryShare {
    return new MemoryShare(this);
  }

  /**
   * Reserves more of the whole, or gives some back: for its shares.
   *
   * @returns false when not enough is free, unless it is forced
   */
  take(moreBytes: number, isForced: boolean): boolean {
    if (!isForced && moreBytes > 0 && this.#takenBytes + moreBytes > this.maximumBytes) return false;
    this.#takenBytes += moreBytes;
    return true;
  }
}

/** One request's share of a {@link SharedMemory}. */
export class MemoryShare {
  readonly #whole: SharedMemory;
  #bytes = 0;

  constructor(whole: SharedMemory) {
    this.#whole = whole;
  }

  /** How much is reserved. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resizes the share. @returns false, and leaves it as it was, when not enough is free */
  resize(bytes: number): boolean {
    return this.#resize(bytes, false);
  }

  /** Resizes the share, whether enough is free or not. */
  force(bytes: number): void {
    this.#resize(bytes, true);
  }

  /** Gives the whole share back. */
  release(): void {
    this.resize(0);
  }

  #resize(bytes: number, isForced: boolean): boolean {
    if (!this.#whole.take(bytes - this.#bytes, isForced)) return false;
    this.#bytes = bytes;
    return true;
  }
}
