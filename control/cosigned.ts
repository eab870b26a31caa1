/** Every checkpoint that was cosigned, whole: none may ever contradict an earlier one. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { oneLine, StorageFailed } from './mistakes';
import { Checkpoint, readCheckpoint, splitNote } from './notes';
import { syncFolder } from './sync_folder';

const FILE = 'cosigned';

/** A checkpoint that was cosigned. */
export interface CosignedCheckpoint extends Checkpoint {
  /** The line of the cosignature, with its line feed. */
  readonly line: string;
}

/** A file of notes, each behind a line with its length; each is of a larger tree than the one before. */
export class CosignedCheckpoints {
  readonly #path: string;
  readonly #file: number;
  #bytes: number;
  #latest: CosignedCheckpoint | undefined;
  #previous: CosignedCheckpoint | undefined;

  /** @throws StorageFailed when it cannot be read, or holds something else */
  constructor(folder: string) {
    this.#path = join(folder, FILE);
    this.#file = this.#attempt(() => openSync(this.#path, 'a+', 0o600));
    const bytes = this.#attempt(() => readFileSync(this.#path));
    this.#bytes = this.#readAll(bytes);
    this.#attempt(() => {
      // What was not written whole was not answered.
      if (this.#bytes < bytes.length) ftruncateSync(this.#file, this.#bytes);
      fsyncSync(this.#file);
      syncFolder(folder);
      // The folder itself may be new.
      syncFolder(dirname(folder));
    });
  }

  /** The latest one; `undefined` before the first. */
  get latest(): CosignedCheckpoint | undefined {
    return this.#latest;
  }

  /**
   * The checkpoint of so many leaves, where it is one of the last two: once the result was cosigned, these are the result's
   * and the seal's.
   */
  ofSize(size: number): CosignedCheckpoint | undefined {
    return [this.#latest, this.#previous].find((checkpoint) => checkpoint?.size === size);
  }

  /**
   * Keeps one more; it is durable then.
   *
   * @param note with the log's signatures
   * @param line of the cosignature
   * @throws StorageFailed also when another program has written here: two could cosign what contradicts the other
   */
  keep(checkpoint: Checkpoint, note: Buffer, line: string): void {
    const whole = Buffer.concat([note, Buffer.from(line)]);
    const bytes = Buffer.concat([Buffer.from(`${whole.length}\n`), whole]);
    this.#attempt(() => {
      if (fstatSync(this.#file).size !== this.#bytes) throw new Error('another program has written to it');
      for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written);
      fsyncSync(this.#file);
    });
    this.#bytes += bytes.length;
    this.#take({ ...checkpoint, line });
  }

  close(): void {
    closeSync(this.#file);
  }

  /** @returns how many bytes hold whole notes */
  #readAll(bytes: Buffer): number {
    for (let at = 0; ;) {
      const end = bytes.indexOf('\n', at);
      if (end < 0) return at;
      const length = Number(bytes.toString('latin1', at, end));
      if (!Number.isSafeInteger(length) || length < 1) throw this.#damaged();
      const next = end + 1 + length;
      if (next > bytes.length) return at;
      this.#take(this.#readNote(bytes.subarray(end + 1, next)));
      at = next;
    }
  }

  #take(checkpoint: CosignedCheckpoint): void {
    this.#previous = this.#latest;
    this.#latest = checkpoint;
  }

  #readNote(bytes: Buffer): CosignedCheckpoint {
    const note = splitNote(bytes);
    const checkpoint = note && readCheckpoint(note.text);
    if (checkpoint === undefined || note === undefined) throw this.#damaged();
    return { ...checkpoint, line: `${note.lines.at(-1)!}\n` };
  }

  #damaged(): StorageFailed {
    return new StorageFailed(
      `${this.#path} is damaged: what was cosigned is not known, so nothing more can be`,
    );
  }

  #attempt<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw error instanceof StorageFailed ? error : new StorageFailed(`${this.#path}: ${oneLine(error)}`);
    }
  }
}
