/** The first difference that was found, in a file: a control that is started again must not forget it. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { oneLine, StorageFailed } from './mistakes';
import { syncFolder } from './sync_folder';

const FILE = 'difference';
/** Written first, and renamed when it is durable. */
const PART_FILE = 'difference.part';
const FORM = /^found (\S+)\nlog (\S+)\n([^\n]+)\n$/;

/** A difference that is kept. */
export interface FoundDifference {
  /** When it was found, in ISO 8601. */
  readonly at: string;
  /** The name of the log in which it was found. */
  readonly log: string;
  /** What differs and where, and both values, on one line; it names no person and no bet. */
  readonly reason: string;
}

/** The file `difference` in the control's folder: `found TIME`, `log NAME` and the reason, a line each. */
export class KeptDifference {
  readonly #folder: string;
  #found: FoundDifference | undefined;

  /** @throws StorageFailed when it cannot be read, or holds something else */
  constructor(folder: string) {
    this.#folder = folder;
    this.#found = this.#attempt(() => this.#read());
  }

  /** `undefined` where none was found. */
  get found(): FoundDifference | undefined {
    return this.#found;
  }

  /** Keeps it; it is durable then. One that is there already stays. @throws StorageFailed */
  keep(found: FoundDifference): void {
    if (this.#found !== undefined) return;
    const { at, log, reason } = found;
    const bytes = Buffer.from(`found ${at}\nlog ${log}\n${reason}\n`);
    const part = join(this.#folder, PART_FILE);
    this.#attempt(() => {
      const file = openSync(part, 'w', 0o600);
      try {
        for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(part, join(this.#folder, FILE));
      syncFolder(this.#folder);
    });
    this.#found = found;
  }

  #read(): FoundDifference | undefined {
    const text = readOrMissing(join(this.#folder, FILE));
    if (text === undefined) return undefined;
    const [, at, log, reason] = FORM.exec(text) ?? [];
    if (at === undefined || log === undefined || reason === undefined) {
      throw new Error('it is damaged: a difference was found, so nothing can be cosigned');
    }
    // The program may have ended before its name was durable.
    syncFolder(this.#folder);
    return { at, log, reason };
  }

  #attempt<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      throw new StorageFailed(`${join(this.#folder, FILE)}: ${oneLine(error)}`);
    }
  }
}

function readOrMissing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
