import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The file of the latest signed checkpoint in a log's folder. */
export const CHECKPOINT_FILE = 'checkpoint';

/**
 * The folder of a log: tiles, checkpoints and tables, all of which may be shown to anybody. Files are there whole or
 * not at all.
 */
export class LogFolder {
  readonly path: string;
  /** Folders in which names were made that are not synced yet. */
  readonly #unsynced = new Set<string>();

  /** @throws the file system's error */
  constructor(path: string) {
    this.path = path;
    const firstMade = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (firstMade !== undefined) this.#markMade(path, firstMade);
  }

  /** A file's bytes; `undefined` where there is none. @throws the file system's error */
  read(name: string): Buffer | undefined {
    const path = join(this.path, name);
    return existsSync(path) ? readFileSync(path) : undefined;
  }

  /**
   * Writes a file, in place of the one that is there.
   *
   * @param isDurable whether it is synced before it gets its name; that is durable after {@link sync}
   * @throws the file system's error
   */
  write(name: string, bytes: Uint8Array, { isDurable }: { readonly isDurable: boolean }): void {
    const path = join(this.path, name);
    const folder = dirname(path);
    const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (firstMade !== undefined) this.#markMade(folder, firstMade);
    const temporary = `${path}.tmp`;
    const file = openSync(temporary, 'w', 0o600);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      if (isDurable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (isDurable) this.#unsynced.add(folder);
  }

  /** Removes a folder with its files. What is not durable comes back after a power cut, and does no harm. */
  removeFolder(name: string): void {
    rmSync(join(this.path, name), { recursive: true, force: true });
  }

  /** Makes the names of durable files durable. @throws the file system's error */
  sync(): void {
    for (const folder of this.#unsynced) {
      const file = openSync(folder, 'r');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
    this.#unsynced.clear();
  }

  /** A folder that was made is durable when the one around it is. */
  #markMade(folder: string, firstMade: string): void {
    const last = dirname(resolve(firstMade));
    for (let path = resolve(folder); path !== last; path = dirname(path)) this.#unsynced.add(dirname(path));
  }
}
