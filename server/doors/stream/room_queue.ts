/** Room for messages on their way to the storage. */
export interface Room {
  readonly hasRoom: boolean;
  /** Calls whenever there is room again, before anyone is told the answers that have made it. @returns ends it */
  onRoom(listener: () => void): () => void;
}

/** A connection that may have to wait for room. */
export interface RoomWaiter {
  /** It is its turn: it reads on until there is no room left, or nothing to read. */
  roomMade(): void;
}

/**
 * Those who have found no room, in the order in which they came. When room is made they go on in turn; nobody overtakes
 * them, neither a connection that finds the room free nor one whose answer has just made it.
 */
export class RoomQueue {
  readonly #room: Room;
  readonly #waiting = new Set<RoomWaiter>();
  /** Whose turn it is. */
  #served: RoomWaiter | undefined;

  constructor(room: Room) {
    this.#room = room;
    room.onRoom(() => this.#serve());
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Whether this one may take a message now. If not, it waits at the end of the queue, or where it stands already. */
  enter(waiter: RoomWaiter): boolean {
    if (this.#room.hasRoom && (this.#waiting.size === 0 || this.#served === waiter)) return true;
    this.#waiting.add(waiter);
    return false;
  }

  /** Waits no more. */
  leave(waiter: RoomWaiter): void {
    this.#waiting.delete(waiter);
  }

  #serve(): void {
    // A message that is taken may make room while it is being taken: the loop below sees it.
    if (this.#served !== undefined) return;
    try {
      for (const waiter of this.#waiting) {
        if (!this.#room.hasRoom) return;
        this.#waiting.delete(waiter);
        this.#served = waiter;
        waiter.roomMade();
      }
    } finally {
      this.#served = undefined;
    }
  }
}
