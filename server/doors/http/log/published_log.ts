import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { parseCheckpoint } from '../../../../transparency/notes/checkpoint';
import { newTiles, parseTilePath, tilePath } from '../../../../transparency/tree/tiles';
import { TAR_END, tarEntry } from './tar';

const CHECKPOINT = 'checkpoint';
const SEALED_CHECKPOINT = 'seal/checkpoint';
const TABLES = ['seal/agencies', 'seal/numbers', 'result/agencies'] as const;

/** A file of the log. */
export interface LogFile {
  readonly bytes: Buffer;
  /** Whether it never changes. */
  readonly isFinal: boolean;
}

/** What is published of a lottery's log: the files of its folder, which the builder writes whole. */
export class PublishedLog {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The latest signed checkpoint. @throws the file system's error */
  async checkpoint(): Promise<LogFile | undefined> {
    return this.#file(CHECKPOINT, false);
  }

  /** A tile (C2SP tlog-tiles). @param path of the request, without the `/` in front */
  async tile(path: string): Promise<LogFile | undefined> {
    const tile = parseTilePath(path);
    return tile && this.#file(path, true);
  }

  /**
   * Everything that is needed to check the log, as the verifier takes it: an archive that `tar` unpacks.
   *
   * @returns `undefined` while the sale is open
   * @throws the file system's error
   */
  async bundle(): Promise<Readable | undefined> {
    const sealed = await this.#file(SEALED_CHECKPOINT, true);
    const checkpoint = await this.#file(CHECKPOINT, false);
    if (sealed === undefined || checkpoint === undefined) return undefined;
    return Readable.from(this.#archive(checkpoint.bytes, sealed.bytes), { objectMode: false });
  }

  /** The checkpoints are those that were read before: what is written meanwhile does not matter. */
  async *#archive(checkpoint: Buffer, sealed: Buffer): AsyncGenerator<Uint8Array> {
    const [text = ''] = checkpoint.toString().split('\n\n', 1);
    const { size } = parseCheckpoint(`${text}\n`);
    yield* tarEntry({ name: CHECKPOINT, bytes: checkpoint });
    yield* tarEntry({ name: SEALED_CHECKPOINT, bytes: sealed });
    const tiles = Array.from(newTiles(0, size), ({ level, index, width }) => tilePath(level, index, width));
    for (const name of [...tiles, ...TABLES]) {
      const file = await this.#file(name, true);
      if (file !== undefined) yield* tarEntry({ name, bytes: file.bytes });
    }
    yield TAR_END;
  }

  async #file(name: string, isFinal: boolean): Promise<LogFile | undefined> {
    try {
      return { bytes: await readFile(join(this.#folder, name)), isFinal };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
