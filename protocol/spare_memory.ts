/** What is kept at most, and the largest piece: memory for a few messages that came in parts. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
const MAX_PIECE_BYTES = 512 * 1024;

/**
 * Memory that was used for messages and is not needed any more, for the next ones. Decoders share it, so that taking
 * in one long message after the other makes no garbage. What it gives out holds old bytes.
 */
export class SpareMemory {
  readonly #pieces: Buffer[] = [];
  #keptBytes = 0;

  /** @returns a piece of at least this size and at most its double, or `undefined` when there is none */
  take(bytes: number): Buffer | undefined {
    const index = this.#pieces.findIndex(({ length }) => length >= bytes && length <= 2 * bytes);
    if (index < 0) return undefined;
    const [piece] = this.#pieces.splice(index, 1);
    this.#keptBytes -= piece?.length ?? 0;
    return piece;
  }

  /** Gives back a piece that is no longer used. */
  give(piece: Buffer): void {
    if (piece.length > MAX_PIECE_BYTES || this.#keptBytes + piece.length > MAX_KEPT_BYTES) return;
    this.#pieces.push(piece);
    this.#keptBytes += piece.length;
  }
}
