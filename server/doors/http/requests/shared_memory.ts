/** Memory that many requests share, as a sum with a bound. */
export class SharedMemory {
  #takenBytes = 0;

  constructor(readonly maximumBytes: number) {}

  /** How much is taken. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** A share, empty at first. */
  share(): MemoryShare {
    return new MemoryShare((moreBytes) => {
      if (moreBytes > 0 && this.#takenBytes + moreBytes > this.maximumBytes) return false;
      this.#takenBytes += moreBytes;
      return true;
    });
  }
}

/** What one request has of a {@link SharedMemory}. */
export class MemoryShare {
  readonly #take: (moreBytes: number) => boolean;
  #bytes = 0;

  /** @param take takes more of the whole, or gives some back; false when there is not so much */
  constructor(take: (moreBytes: number) => boolean) {
    this.#take = take;
  }

  /** Makes the share so large; false, and as it was, when there is not so much. */
  resize(bytes: number): boolean {
    if (!this.#take(bytes - this.#bytes)) return false;
    this.#bytes = bytes;
    return true;
  }

  /** Gives all back. */
  release(): void {
    this.resize(0);
  }
}
