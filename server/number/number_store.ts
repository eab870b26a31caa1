import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { Beacon } from '../../transparency/draw/beacon';
import type { SharedValues } from '../ledger/shared_values';
import type { Overseer } from '../lottery/draw_number';
import { attempt, FolderValues } from '../transparency/folder_values';
import { SEALED_CHECKPOINT_FILE } from '../transparency/log_builder';
import type { LogFolder } from '../transparency/log_folder';
import { fetchBeacon, shareBeacon, writeBeacon } from '../transparency/result_source';

/** What nobody is shown before the draw. It is no part of what is published. */
const PRIVATE_FOLDER = 'number';
const SEALED_AT = 'sealed-at';
const MS_PER_SECOND = 1_000;
const CHECKPOINT_LINES = 3;

/** What somebody has entered. */
export interface Entry {
  readonly number: number;
  /** Whether it was kept now, and not before. */
  readonly isNew: boolean;
}

/**
 * What is kept of a number that is given from outside: in the folder of the log, or where several servers share it. Each is
 * durable when a promise resolves.
 */
export class NumberStore {
  readonly #folder: LogFolder;
  readonly #wallTimeMs: () => number;
  readonly #shared: SharedValues | undefined;
  readonly #values: SharedValues;

  /**
   * @param wallTimeMs milliseconds since 1970
   * @param shared what the servers of this lottery share, where there are several
   */
  constructor(folder: LogFolder, wallTimeMs: () => number, shared?: SharedValues) {
    this.#folder = folder;
    this.#wallTimeMs = wallTimeMs;
    this.#shared = shared;
    this.#values = shared ?? new FolderValues(folder, PRIVATE_FOLDER);
  }

  /** Whether other servers may have kept something meanwhile. */
  get isShared(): boolean {
    return this.#shared !== undefined;
  }

  /** The three lines of the sealed checkpoint, which is there. @throws LedgerUnavailable */
  async sealedText(): Promise<string> {
    const note = await attempt(() => this.#folder.read(SEALED_CHECKPOINT_FILE));
    const lines = note?.toString().split('\n') ?? [];
    return lines
      .slice(0, CHECKPOINT_LINES)
      .map((line) => `${line}\n`)
      .join('');
  }

  /**
   * When the sealed checkpoint was ready by this machine's clock, in seconds since 1970: what was found out first counts,
   * however often a server is started, and whichever has found it out. The file's own time counts where the server ended
   * before it could write it down.
   *
   * @throws LedgerUnavailable
   */
  async sealedAtSeconds(): Promise<number> {
    const kept = await this.#values.read(SEALED_AT);
    if (kept !== undefined) return Number(kept);
    const file = join(this.#folder.path, SEALED_CHECKPOINT_FILE);
    const { mtimeMs } = await attempt(() => statSync(file));
    const seconds = Math.ceil(Math.min(mtimeMs, this.#wallTimeMs()) / MS_PER_SECOND);
    return Number(await this.#keepFirst(SEALED_AT, `${seconds}\n`));
  }

  /** What somebody has entered; `undefined` for nothing. @throws LedgerUnavailable */
  async entryOf(by: Overseer): Promise<number | undefined> {
    const kept = await this.#values.read(by);
    return kept === undefined ? undefined : Number(kept);
  }

  /** Keeps what somebody enters, unless they have before. @returns what counts @throws LedgerUnavailable */
  async keepEntry(by: Overseer, number: number): Promise<Entry> {
    const before = await this.entryOf(by);
    if (before !== undefined) return { number: before, isNew: false };
    const isNew = await this.#values.replace(by, undefined, Buffer.from(`${number}\n`));
    return isNew ? { number, isNew } : { number: (await this.entryOf(by))!, isNew };
  }

  /** The round that was taken. @throws LedgerUnavailable, LedgerDamaged */
  beacon(): Promise<Beacon | undefined> {
    return fetchBeacon(this.#folder, this.#shared);
  }

  /** Keeps a round. Its signature is the only one, so it does not matter who else does. @throws LedgerUnavailable */
  async keepBeacon(beacon: Beacon): Promise<void> {
    if (this.#shared !== undefined) await shareBeacon(this.#shared, beacon);
    await attempt(() => writeBeacon(this.#folder, beacon));
  }

  /** Keeps a text, unless there is one. @returns the one that is kept */
  async #keepFirst(name: string, text: string): Promise<string> {
    if (await this.#values.replace(name, undefined, Buffer.from(text))) return text;
    return String(await this.#values.read(name));
  }
}
