import { Room } from '../room_queue';

/** Room that the test makes. */
export class FakeRoom implements Room {
  hasRoom = true;
  #listener: () => void = () => undefined;

  onRoom(listener: () => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  /** Makes room, and tells it. */
  make(): void {
    this.hasRoom = true;
    this.#listener();
  }
}
