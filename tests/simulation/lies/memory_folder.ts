import { tmpdir } from 'node:os';

import { LogFolder } from '../../../server/transparency/log_folder';

/** The folder of a log in memory: thousands of them cost no disk. */
export class MemoryFolder extends LogFolder {
  readonly #files = new Map<string, Buffer>();

  constructor() {
    super(tmpdir());
  }

  override read(name: string): Buffer | undefined {
    return this.#files.get(name);
  }

  override write(name: string, bytes: Uint8Array): void {
    this.#files.set(name, Buffer.from(bytes));
  }

  override removeFolder(name: string): void {
    for (const file of this.#files.keys()) if (file.startsWith(`${name}/`)) this.#files.delete(file);
  }

  override sync(): void {
    // Nothing here outlives the process.
  }

  /** What of it is published: tiles, checkpoints and tables. */
  published(): Map<string, Buffer> {
    return new Map([...this.#files].filter(([name]) => name !== 'result/beacon'));
  }
}
