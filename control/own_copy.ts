/** The control's own copy of the leaves, with their bets: it stays when the server's is lost, and is read again at a start. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { readBets } from './bets';
import { readEntry } from './entries';
import { Frame, frameBytes, FrameReader } from './frames';
import { oneLine, StorageFailed } from './mistakes';
import type { OwnWinner } from './result';

const FILE = 'leaves';
const CHUNK_BYTES = 1 << 20;

/** A file of frames, to which leaves are added. */
export class OwnCopy {
  readonly #path: string;
  readonly #file: number;
  #bytes: number;

  /** @throws StorageFailed */
  constructor(folder: string) {
    this.#path = join(folder, FILE);
    this.#file = this.#attempt(() => openSync(this.#path, 'a+', 0o600));
    this.#bytes = this.#attempt(() => fstatSync(this.#file).size);
  }

  /** All that is kept, in its order; one that was not written whole is cut off behind the last. @throws StorageFailed */
  *read(): Generator<Frame> {
    const reader = new FrameReader();
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; at < this.#bytes;) {
      const from = at;
      const length = this.#attempt(() => readSync(this.#file, chunk, 0, CHUNK_BYTES, from));
      if (length === 0) break;
      at += length;
      yield* this.#cut(reader, chunk.subarray(0, length));
    }
    const torn = reader.pendingBytes;
    if (torn > 0) this.#truncate(this.#bytes - torn);
  }

  /** Adds a leaf. It is durable after {@link sync}. @throws StorageFailed */
  append(frame: Frame): void {
    const bytes = frameBytes(frame);
    this.#attempt(() => {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
    });
    this.#bytes += bytes.length;
  }

  /** @throws StorageFailed */
  sync(): void {
    this.#attempt(() => fsyncSync(this.#file));
  }

  /** The winning bets of a number, in the order of the log. @throws StorageFailed */
  *winnersOn(number: number): Generator<OwnWinner> {
    for (const { entry, text } of this.read()) {
      if (text.length === 0) continue;
      const batch = readEntry(entry, 0);
      if (batch.kind !== 'batch') continue;
      const { agency, batchId } = batch;
      for (const bet of readBets(text) ?? []) {
        if (bet.number === number) yield { agency, batchId, document: bet.document };
      }
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  *#cut(reader: FrameReader, bytes: Buffer): Generator<Frame> {
    try {
      yield* reader.push(Buffer.from(bytes));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new StorageFailed(
        `${this.#path} is damaged: move it away, and the control asks the server again`,
      );
    }
  }

  #truncate(bytes: number): void {
    this.#attempt(() => ftruncateSync(this.#file, bytes));
    this.#bytes = bytes;
  }

  #attempt<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw new StorageFailed(`${this.#path}: ${oneLine(error)}`);
    }
  }
}
