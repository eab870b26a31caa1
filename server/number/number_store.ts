import { statSync } from 'node:fs';
import { join } from 'node:path';

import { oneLine } from '../../program/exit';
import type { Beacon } from '../../transparency/draw/beacon';
import { LedgerUnavailable } from '../ledger/ledger';
import type { Overseer } from '../lottery/draw_number';
import { SEALED_CHECKPOINT_FILE } from '../transparency/log_builder';
import { LogFolder } from '../transparency/log_folder';
import { readBeacon, writeBeacon } from '../transparency/result_source';

/** What nobody is shown before the draw. It is no part of what is published. */
const PRIVATE_FOLDER = 'number';
const SEALED_AT_FILE = join(PRIVATE_FOLDER, 'sealed-at');
const MS_PER_SECOND = 1_000;
const CHECKPOINT_LINES = 3;

/** What is kept of a number that is given from outside, in the folder of the log. Each is durable when a call returns. */
export class NumberStore {
  readonly #folder: LogFolder;
  readonly #wallTimeMs: () => number;

  /** @param wallTimeMs milliseconds since 1970 */
  constructor(folder: LogFolder, wallTimeMs: () => number) {
    this.#folder = folder;
    this.#wallTimeMs = wallTimeMs;
  }

  /** The three lines of the sealed checkpoint, which is there. @throws LedgerUnavailable */
  sealedText(): string {
    const lines =
      attempt(() => this.#folder.read(SEALED_CHECKPOINT_FILE))
        ?.toString()
        .split('\n') ?? [];
    return lines
      .slice(0, CHECKPOINT_LINES)
      .map((line) => `${line}\n`)
      .join('');
  }

  /**
   * When the sealed checkpoint was ready by this machine's clock, in seconds since 1970: what was found out first counts,
   * however often the server is started. The file's own time counts where the server ended before it could write it down.
   *
   * @throws LedgerUnavailable
   */
  sealedAtSeconds(): number {
    return attempt(() => {
      const kept = this.#folder.read(SEALED_AT_FILE);
      if (kept !== undefined) return Number(kept);
      const { mtimeMs } = statSync(join(this.#folder.path, SEALED_CHECKPOINT_FILE));
      const seconds = Math.ceil(Math.min(mtimeMs, this.#wallTimeMs()) / MS_PER_SECOND);
      this.#write(SEALED_AT_FILE, `${seconds}\n`);
      return seconds;
    });
  }

  /** What somebody has entered; `undefined` for nothing. @throws LedgerUnavailable */
  entryOf(by: Overseer): number | undefined {
    const kept = attempt(() => this.#folder.read(join(PRIVATE_FOLDER, by)));
    return kept === undefined ? undefined : Number(kept);
  }

  /** @throws LedgerUnavailable */
  keepEntry(by: Overseer, number: number): void {
    attempt(() => this.#write(join(PRIVATE_FOLDER, by), `${number}\n`));
  }

  /** The round that was taken. @throws LedgerUnavailable, LedgerDamaged */
  beacon(): Beacon | undefined {
    return attempt(() => readBeacon(this.#folder));
  }

  /** @throws LedgerUnavailable */
  keepBeacon(beacon: Beacon): void {
    attempt(() => writeBeacon(this.#folder, beacon));
  }

  #write(name: string, text: string): void {
    this.#folder.write(name, Buffer.from(text), { isDurable: true });
    this.#folder.sync();
  }
}

function attempt<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new LedgerUnavailable(oneLine(error));
    throw error;
  }
}
