/** A place in the order of replies; its bytes are missing while the answer is being found. */
export interface ReplySlot {
  bytes: Buffer | undefined;
  /** Whether the connection ends after this reply. */
  isLast: boolean;
}

/** A reply that is sent out of order, when it is ready. */
export interface OwedReply {
  /** Whether nothing is to be sent for it any more. */
  isDropped: boolean;
}

/** What one peer is still to be sent: replies in the order of its messages, and owed ones, which have no order. */
export class ReplyQueue {
  readonly #slots: ReplySlot[] = [];
  readonly #owed = new Set<OwedReply>();
  #isClosed = false;

  /** How many places are not answered, or wait for one before them that is not. */
  get slotCount(): number {
    return this.#slots.length;
  }

  /**
   * Whether the peer waits for the server.
   *
   * @param isInMessage whether a message of the peer has begun: no owed reply is a reason to wait for its end
   */
  isServersTurn(isInMessage: boolean): boolean {
    return this.#slots.length > 0 || (this.#owed.size > 0 && !isInMessage);
  }

  /** Whether nothing is to be sent any more. */
  get isEmpty(): boolean {
    return this.#slots.length === 0 && this.#owed.size === 0;
  }

  /** Takes the next place. */
  expect(): ReplySlot {
    const slot: ReplySlot = { bytes: undefined, isLast: false };
    if (!this.#isClosed) this.#slots.push(slot);
    return slot;
  }

  /** Whether it is this one's turn. */
  isFirst(slot: ReplySlot): boolean {
    return this.#slots[0] === slot;
  }

  /** Takes out the first place if it is filled. */
  takeReady(): ReplySlot | undefined {
    return this.#slots[0]?.bytes === undefined ? undefined : this.#slots.shift();
  }

  /** Adds a reply that is owed. */
  owe(): OwedReply {
    const owed: OwedReply = { isDropped: this.#isClosed };
    if (!this.#isClosed) this.#owed.add(owed);
    return owed;
  }

  /** Takes an owed reply out. @returns whether it was still owed */
  settle(owed: OwedReply): boolean {
    return this.#owed.delete(owed);
  }

  /** Drops all that is owed. */
  dropOwed(): void {
    for (const owed of this.#owed) owed.isDropped = true;
    this.#owed.clear();
  }

  /** Nothing more is sent, for what is expected later either. */
  close(): void {
    this.#isClosed = true;
    this.#slots.length = 0;
    this.dropOwed();
  }
}
