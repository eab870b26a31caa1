import { join } from 'node:path';

import { oneLine } from '../../program/exit';
import { LedgerUnavailable } from '../ledger/ledger';
import { requireValueName, requireValueSize, SharedValues } from '../ledger/shared_values';
import type { LogFolder } from './log_folder';

/** Values of a server that shares its log with nobody: files of a folder in that of the log. */
export class FolderValues implements SharedValues {
  readonly #folder: LogFolder;
  readonly #name: string;
  #isClosed = false;

  /** @param name of the folder with the files */
  constructor(folder: LogFolder, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  read(name: string): Promise<Buffer | undefined> {
    return attempt(() => this.#folder.read(this.#fileOf(name)));
  }

  replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    return attempt(() => {
      const file = this.#fileOf(name);
      requireValueSize(value);
      const kept = this.#folder.read(file);
      if (known === undefined ? kept !== undefined : kept?.equals(known) !== true) return false;
      this.#folder.write(file, value, { isDurable: true });
      this.#folder.sync();
      return true;
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  /** @throws RangeError for a name that no value may have @throws LedgerUnavailable once closed */
  #fileOf(name: string): string {
    requireValueName(name);
    if (this.#isClosed) throw new LedgerUnavailable('the values are closed');
    return join(this.#name, name);
  }
}

/** Does what needs the file system. @throws LedgerUnavailable where that fails */
export function attempt<Result>(action: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    try {
      resolve(action());
    } catch (error) {
      const isSystems = error instanceof Error && 'code' in error;
      reject(isSystems ? new LedgerUnavailable(oneLine(error)) : (error as Error));
    }
  });
}
