import { accessSync, closeSync, constants, fsyncSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { OperationError } from '../../../program/exit';
import { makeFolder, makePrivateFile, PRIVATE_FOLDER } from '../../../program/folders';

/** Makes a ledger's folder for its owner alone, as {@link makeFolder} does. */
export function makeLedgerFolder(folder: string): string | undefined {
  return makeFolder(folder, PRIVATE_FOLDER);
}

/**
 * Makes a file that SQLite is to open for writing, for its owner alone; one that is there stays as it is. SQLite gives
 * its log and the log's index the permissions of the database. It would open a file that cannot be written only for
 * reading, without a word.
 *
 * @throws OperationError when the file is there and cannot be written; the file system's error when it cannot be made
 */
export function makeWritable(file: string): void {
  makePrivateFile(file);
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    throw new OperationError(`${file}: the ledger's file cannot be written`);
  }
}

/**
 * Makes a folder's entries durable, and, where folders were created, those around it: a file or a folder that was
 * created is durable only when the folder around it is.
 *
 * @param firstCreated the outermost folder that was created, as `mkdirSync` tells it
 */
export function syncFolders(folder: string, firstCreated: string | undefined): void {
  const last = firstCreated === undefined ? resolve(folder) : dirname(resolve(firstCreated));
  for (let path = resolve(folder); ; path = dirname(path)) {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (path === last) return;
  }
}
