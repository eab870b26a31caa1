/** How much of what is stored one commit may read again at most, unless a single text is larger. */
export const MAX_READ_BYTES = 1024 * 1024;

/** An operation would have read more than its commit may: it has changed nothing, and is to be carried out later. */
export class ReadPostponed extends Error {
  override readonly name = 'ReadPostponed';
}

/**
 * Bounds what is read of the ledger in one commit, whatever asks for it: a small message may make the writer read a large
 * text, and everybody else waits for the commit.
 */
export class ReadBudget {
  readonly #maxBytes: number;
  #bytes = 0;
  #mayExceed = false;

  /** @param maxBytes of one commit; {@link MAX_READ_BYTES} if left out */
  constructor(maxBytes = MAX_READ_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** What was read since the commit was begun. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins a commit. */
  renew(): void {
    this.#bytes = 0;
  }

  /** @param mayExceed whether what the next operation reads is read in any case: it was postponed before */
  beginOperation(mayExceed: boolean): void {
    this.#mayExceed = mayExceed;
  }

  /**
   * To be called before so many bytes are read. The first text of a commit is read however long it is.
   *
   * @throws ReadPostponed when that is more than the commit may read
   */
  spend(bytes: number): void {
    const isTooMuch = this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes;
    if (isTooMuch && !this.#mayExceed) throw new ReadPostponed();
    this.#bytes += bytes;
  }
}
