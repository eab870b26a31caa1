/** Files that settings name. */
import { ConfigurationError, oneLine } from './exit';
import { readSmallFile, SmallFile } from './small_file';

/** A file that a setting names. */
export interface NamedFile {
  /** Where the setting stands and what it is called, as an error about its file begins: `environment: REDIS_TLS_CA:`. */
  readonly setting: string;
  readonly path: string;
}

/** Rights of a secret's file that let others read it, when it belongs to another user than root, and to root. */
const OPEN_TO_OTHERS = 0o077;
const OPEN_TO_OTHERS_THAN_ROOTS_GROUP = 0o037;

/** More than all CAs that there are. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What stands in a file. @throws ConfigurationError when it cannot be read, is no regular file or longer than 16 MiB */
export function readNamedFile(file: NamedFile): Buffer {
  return read(file).bytes;
}

function read(file: NamedFile): SmallFile {
  try {
    return readSmallFile(file.path, MAX_BYTES);
  } catch (error) {
    throw wrongFile(file, `cannot be read: ${oneLine(error)}`);
  }
}

/** The same, of a file that nobody else may read. @throws ConfigurationError also when others may */
export function readSecretFile(file: NamedFile): Buffer {
  const { bytes, mode, uid } = read(file);
  const forbidden = uid === 0 ? OPEN_TO_OTHERS_THAN_ROOTS_GROUP : OPEN_TO_OTHERS;
  if (process.platform === 'win32' || (mode & forbidden) === 0) return bytes;
  throw wrongFile(file, 'can be read by others: chmod 600 it');
}

/** What is wrong with a file, in one line. */
export function wrongFile({ setting, path }: NamedFile, what: string): ConfigurationError {
  return new ConfigurationError(`${setting} ${path} ${what}`);
}
