/** The files that the settings name. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { oneLine, UsageError } from './mistakes';

/** Keys and tokens are far shorter. */
const MAX_FILE_BYTES = 64 * 1024;
/** Rights that let others read a secret, when its file belongs to another user than root, and to root. */
const OPEN_TO_OTHERS = 0o077;
const OPEN_TO_OTHERS_THAN_ROOTS_GROUP = 0o037;

interface NamedFile {
  readonly bytes: Buffer;
  readonly isOpenToOthers: boolean;
}

/**
 * Reads a file that a setting names: a regular one of at most 64 KiB, so that no pipe is waited for and no device read
 * without end.
 *
 * @throws UsageError in one line: the setting, the file and why
 */
export function readNamed(setting: string, path: string): Buffer {
  return read(setting, path).bytes;
}

/** The same for a secret. @throws UsageError also when others may read it */
export function readSecret(setting: string, path: string): Buffer {
  const { bytes, isOpenToOthers } = read(setting, path);
  if (isOpenToOthers) throw new UsageError(`${setting}: ${path} can be read by others: chmod 600 it`);
  return bytes;
}

function read(setting: string, path: string): NamedFile {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error('it is not a regular file');
    const forbidden = stats.uid === 0 ? OPEN_TO_OTHERS_THAN_ROOTS_GROUP : OPEN_TO_OTHERS;
    return { bytes: readAll(file), isOpenToOthers: (stats.mode & forbidden) !== 0 };
  } catch (error) {
    throw new UsageError(`${setting}: ${path} cannot be read: ${oneLine(error)}`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readAll(file: number): Buffer {
  const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > MAX_FILE_BYTES) throw new Error(`it is longer than ${MAX_FILE_BYTES} bytes`);
  }
}
