import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { parseCheckpoint } from '../../../../transparency/notes/checkpoint';
import { newTiles, parseTilePath, Tile, TILE_WIDTH, tilePath } from '../../../../transparency/tree/tiles';
import type { LogProgress } from '../../../lottery/receipts';
import { Refusal } from '../refusals/problem';
import { TAR_END, tarEntry } from './tar';

const CHECKPOINT = 'checkpoint';
const SEALED_CHECKPOINT = 'seal/checkpoint';
const SEAL_TABLES = ['seal/agencies', 'seal/numbers'] as const;
const RESULT_TABLE = 'result/agencies';

/** What the server knows of its log beside the files. */
export interface LogWatch {
  /** How far the log is: the files of what it tells are there, unless they were lost. */
  progress(): Pick<LogProgress, 'size' | 'isSealed' | 'hasResult'>;
  /** Told of a file that was published and is gone, whenever it is asked for. @param file in the folder of the log */
  onLost(file: string): void;
}

/** A file of the log. */
export interface LogFile {
  readonly bytes: Buffer;
  /** Whether it never changes. */
  readonly isFinal: boolean;
}

/**
 * What is published of a lottery's log: the files of its folder, which the builder writes whole. A file that was published
 * and is gone is told apart from one that there never was.
 */
export class PublishedLog {
  readonly #folder: string;
  readonly #watch: LogWatch;

  constructor(folder: string, watch: LogWatch) {
    this.#folder = folder;
    this.#watch = watch;
  }

  /** The latest signed checkpoint. @throws Refusal `unavailable` where it is lost; the file system's error */
  async checkpoint(): Promise<LogFile | undefined> {
    return this.#file(CHECKPOINT, { isFinal: false, isPublished: this.#watch.progress().size > 0 });
  }

  /**
   * A tile (C2SP tlog-tiles).
   *
   * @param path of the request, without the `/` in front
   * @throws Refusal `unavailable` where it is lost; the file system's error
   */
  async tile(path: string): Promise<LogFile | undefined> {
    const tile = parseTilePath(path);
    return tile && this.#tile(tile, this.#watch.progress().size);
  }

  /**
   * Everything that is needed to check the log, as the verifier takes it: an archive that `tar` unpacks. It breaks off
   * where one of the files turns out to be lost.
   *
   * @returns `undefined` while the sale is open
   * @throws Refusal `unavailable` where a checkpoint is lost; the file system's error
   */
  async bundle(): Promise<Readable | undefined> {
    const { isSealed: isPublished } = this.#watch.progress();
    const sealed = await this.#file(SEALED_CHECKPOINT, { isFinal: true, isPublished });
    const checkpoint = await this.checkpoint();
    if (sealed === undefined || checkpoint === undefined) return undefined;
    return Readable.from(this.#archive(checkpoint.bytes, sealed.bytes), { objectMode: false });
  }

  /** The checkpoints are those that were read before: what is written meanwhile does not matter. */
  async *#archive(checkpoint: Buffer, sealed: Buffer): AsyncGenerator<Uint8Array> {
    const [text = ''] = checkpoint.toString().split('\n\n', 1);
    const { size } = parseCheckpoint(`${text}\n`);
    yield* tarEntry({ name: CHECKPOINT, bytes: checkpoint });
    yield* tarEntry({ name: SEALED_CHECKPOINT, bytes: sealed });
    for (const tile of newTiles(0, size)) yield* entryOf(tileName(tile), await this.#tile(tile, size));
    const { isSealed, hasResult } = this.#watch.progress();
    for (const name of SEAL_TABLES) {
      yield* entryOf(name, await this.#file(name, { isFinal: true, isPublished: isSealed }));
    }
    const result = await this.#file(RESULT_TABLE, { isFinal: true, isPublished: hasResult });
    yield* entryOf(RESULT_TABLE, result);
    yield TAR_END;
  }

  /** @param size of a tree that was published */
  async #tile(tile: Tile, size: number): Promise<LogFile | undefined> {
    const file = await this.#file(tileName(tile), { isFinal: true, isPublished: false });
    if (file !== undefined || !isTileOf(size, tile)) return file;
    // Where its tile has become full since, it was removed: nothing is lost.
    const full = { ...tile, width: TILE_WIDTH };
    if ((await this.#file(tileName(full), { isFinal: true, isPublished: false })) !== undefined)
      return undefined;
    throw this.#lost(tileName(tile));
  }

  /** @param isPublished whether it was there before it was looked for */
  async #file(
    name: string,
    { isFinal, isPublished }: { readonly isFinal: boolean; readonly isPublished: boolean },
  ): Promise<LogFile | undefined> {
    try {
      return { bytes: await readFile(join(this.#folder, name)), isFinal };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (isPublished) throw this.#lost(name);
      return undefined;
    }
  }

  #lost(file: string): Refusal {
    this.#watch.onLost(file);
    return new Refusal(
      'unavailable',
      'the server has lost files of its log, which its operator must put back',
    );
  }
}

function tileName({ level, index, width }: Tile): string {
  return tilePath(level, index, width);
}

/** Whether it is a tile of a tree of this size, as wide as it is there. */
function isTileOf(size: number, { level, index, width }: Tile): boolean {
  const onLevel = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
  return Math.min(TILE_WIDTH, onLevel - index * TILE_WIDTH) === width;
}

function* entryOf(name: string, file: LogFile | undefined): Generator<Uint8Array> {
  if (file !== undefined) yield* tarEntry({ name, bytes: file.bytes });
}
