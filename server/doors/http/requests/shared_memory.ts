/** A bounded amount of memory that many requests share. It only counts: it allocates nothing. */
export class SharedMemory {
  #takenBytes = 0;

  constructor(readonly maximumBytes: number) {}

  /** How much is reserved. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** A new share, empty at first. */
  share(): MemoryShare {
    return new MemoryShare((moreBytes) => {
      if (moreBytes > 0 && this.#takenBytes + moreBytes > this.maximumBytes) return false;
      this.#takenBytes += moreBytes;
      return true;
    });
  }
}

/** One request's share of a {@link SharedMemory}. */
export class MemoryShare {
  readonly #take: (moreBytes: number) => boolean;
  #bytes = 0;

  /** @param take reserves more of the whole, or gives some back; false when not enough is free */
  constructor(take: (moreBytes: number) => boolean) {
    this.#take = take;
  }

  /** Resizes the share. @returns false, and leaves it as it was, when not enough is free */
  resize(bytes: number): boolean {
    if (!this.#take(bytes - this.#bytes)) return false;
    this.#bytes = bytes;
    return true;
  }

  /** Gives the whole share back. */
  release(): void {
    this.resize(0);
  }
}
