import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of a test. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'agency-'));
  #files = 0;

  /** Writes a file with a name of its own; answers its path. */
  write(content: string | Buffer): string {
    const path = join(this.path, `${++this.#files}.csv`);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
