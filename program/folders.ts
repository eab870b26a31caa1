import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** The mode of folders that only their owner may look into. */
export const PRIVATE_FOLDER = 0o700;
/** The mode of files that only their owner may read. */
export const PRIVATE_FILE = 0o600;

/**
 * Makes a folder, and those around it that are missing. One that is there stays as it is. Node's own recursive `mkdir`
 * never ends where the system says of a new folder that it does not exist, as in `/proc`.
 *
 * @param mode the mode of the folder itself; those around it get the usual one
 * @returns the outermost folder that was made; `undefined` where all were there
 * @throws the file system's error, or an Error that names what is no folder
 */
export function makeFolder(folder: string, mode = 0o777): string | undefined {
  const missing: string[] = [];
  let path = resolve(folder);
  while (!isFolder(path)) {
    missing.unshift(path);
    if (dirname(path) === path) break;
    path = dirname(path);
  }
  for (const each of missing) makeOne(each, each === missing.at(-1) ? mode : 0o777);
  return missing[0];
}

/** @throws Error when something else than a folder has this name */
function isFolder(path: string): boolean {
  const found = statOf(path);
  if (found !== undefined && !found.isDirectory()) throw new Error(`${path} is no folder`);
  return found !== undefined;
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // Something around it is a file.
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function makeOne(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

/**
 * Makes an empty file that only its owner may read and write, unless something has its name: that stays as it is, and
 * is not even opened, since closing it would give up this process's locks on it.
 *
 * @throws the file system's error
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** The system's code of an error, such as `ENOENT`. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
