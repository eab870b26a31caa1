/** Files that settings name. */
import { readFileSync, statSync } from 'node:fs';

import { ConfigurationError, oneLine } from './exit';

/** A file that a setting names. */
export interface NamedFile {
  /** Where the setting stands and what it is called, as an error about its file begins: `environment: REDIS_TLS_CA:`. */
  readonly setting: string;
  readonly path: string;
}

/** Rights of a secret's file that let others read it, when it belongs to another user than root, and to root. */
const OPEN_TO_OTHERS = 0o077;
const OPEN_TO_OTHERS_THAN_ROOTS_GROUP = 0o037;

/** What stands in a file. @throws ConfigurationError when it cannot be read */
export function readNamedFile(file: NamedFile): Buffer {
  try {
    return readFileSync(file.path);
  } catch (error) {
    throw wrongFile(file, `cannot be read: ${oneLine(error)}`);
  }
}

/** The same, of a file that nobody else may read. @throws ConfigurationError also when others may */
export function readSecretFile(file: NamedFile): Buffer {
  const contents = readNamedFile(file);
  const { mode, uid } = statSync(file.path);
  const forbidden = uid === 0 ? OPEN_TO_OTHERS_THAN_ROOTS_GROUP : OPEN_TO_OTHERS;
  if (process.platform === 'win32' || (mode & forbidden) === 0) return contents;
  throw wrongFile(file, 'can be read by others: chmod 600 it');
}

/** What is wrong with a file, in one line. */
export function wrongFile({ setting, path }: NamedFile, what: string): ConfigurationError {
  return new ConfigurationError(`${setting} ${path} ${what}`);
}
