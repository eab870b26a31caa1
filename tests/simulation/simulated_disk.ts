import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LEDGER_FILE } from '../../server/ledger/sqlite/store';

const LOG_FILE = `${LEDGER_FILE}-wal`;
const LOG_HEADER_BYTES = 32;
/** In memory, where the machine has such a place: a sync costs nothing there. */
const MEMORY_FOLDER = '/dev/shm';

/** The ledger's file and its log as they were at some moment. */
export interface DiskImage {
  readonly folder: string;
}

/**
 * A disk for one ledger: a folder that a killed process leaves as it stands. What is made of it for the next process
 * are copies, so that what SQLite does when a file is closed in an orderly way happens to nobody.
 */
export class SimulatedDisk {
  readonly #root = mkdtempSync(
    join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'lottery-simulation-'),
  );
  #images = 0;
  /** Where the ledger lies now. */
  folder = this.#newFolder();

  /** Whether a ledger was made here. */
  get isMade(): boolean {
    return existsSync(join(this.folder, LEDGER_FILE));
  }

  /** The log's bytes. */
  readLog(): Buffer {
    const file = join(this.folder, LOG_FILE);
    return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  }

  /** Keeps what is written now. @param log the log's bytes, where they are to be other ones */
  keep(log?: Buffer): DiskImage {
    const folder = this.#newFolder();
    for (const name of [LEDGER_FILE, LOG_FILE]) {
      if (existsSync(join(this.folder, name))) copyFileSync(join(this.folder, name), join(folder, name));
    }
    if (log !== undefined) writeFileSync(join(folder, LOG_FILE), log);
    return { folder };
  }

  /** Goes on with what was kept. All files must be closed. */
  restore(image: DiskImage): void {
    rmSync(this.folder, { recursive: true });
    this.folder = image.folder;
  }

  /** Removes everything. */
  remove(): void {
    rmSync(this.#root, { recursive: true });
  }

  #newFolder(): string {
    const folder = join(this.#root, String(this.#images++));
    mkdirSync(folder);
    return folder;
  }
}

/**
 * The log when the power fails while a commit is being written to it: the first part is new, the rest as it was.
 *
 * @param share how much of what the commit writes, from 0 to 1
 */
export function tornLog(before: Buffer, after: Buffer, share: number): Buffer {
  let start = 0;
  // A log that was begun from the start again has another header.
  if (isSameLog(before, after)) start = firstDifference(before, after);
  const end = Math.max(start, lastDifference(before, after));
  const cut = start + Math.floor((end - start) * share);
  return Buffer.concat([after.subarray(0, cut), before.subarray(cut)]);
}

/** Whether a log was not begun from the start again. */
export function isSameLog(before: Buffer, after: Buffer): boolean {
  return before.subarray(0, LOG_HEADER_BYTES).equals(after.subarray(0, LOG_HEADER_BYTES));
}

function firstDifference(one: Buffer, other: Buffer): number {
  if (one.equals(other.subarray(0, one.length))) return one.length;
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) if (one[index] !== other[index]) return index;
  return length;
}

function lastDifference(before: Buffer, after: Buffer): number {
  if (after.length > before.length) return after.length;
  for (let index = after.length; index > 0; index--) if (before[index - 1] !== after[index - 1]) return index;
  return 0;
}
