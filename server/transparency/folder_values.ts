import { join } from 'node:path';

import { oneLine } from '../../program/exit';
import { LedgerUnavailable } from '../ledger/ledger';
import type { SharedValues } from '../ledger/shared_values';
import type { LogFolder } from './log_folder';

/** Values of a server that shares its log with nobody: files of a folder in that of the log. */
export class FolderValues implements SharedValues {
  readonly #folder: LogFolder;
  readonly #name: string;

  /** @param name of the folder with the files */
  constructor(folder: LogFolder, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  read(name: string): Promise<Buffer | undefined> {
    return attempt(() => this.#folder.read(join(this.#name, name)));
  }

  replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    return attempt(() => {
      const file = join(this.#name, name);
      const kept = this.#folder.read(file);
      if (known === undefined ? kept !== undefined : kept?.equals(known) !== true) return false;
      this.#folder.write(file, value, { isDurable: true });
      this.#folder.sync();
      return true;
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
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
