/** Small text files that people write: settings, tokens. */
import { ConfigurationError, oneLine } from './exit';
import { FileTooLong, readSmallFile, SmallFile } from './small_file';

/** More than a file of a million tokens. */
const MAX_BYTES = 128 * 1024 * 1024;

/** A file's text, and who may do what with it. */
export interface TextFile {
  /** Without a byte order mark. */
  readonly text: string;
  /** The permission bits, as of `stat`. */
  readonly mode: number;
}

/**
 * Reads a text file in UTF-8; a byte order mark at its beginning is skipped.
 *
 * @throws ConfigurationError with the file's name when it cannot be read, is no regular file, is longer than 128 MiB or is not
 *   in UTF-8
 */
export function readTextFile(file: string): TextFile {
  const { bytes, mode } = readBytes(file);
  try {
    // This decoder skips the byte order mark.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), mode };
  } catch {
    const isUtf16 = /^(fffe|feff)/.test(bytes.toString('hex', 0, 2));
    throw new ConfigurationError(`${file}: is ${isUtf16 ? 'in UTF-16' : 'not in UTF-8'}; save it in UTF-8`);
  }
}

function readBytes(file: string): SmallFile {
  try {
    return readSmallFile(file, MAX_BYTES);
  } catch (error) {
    const isTooLong = error instanceof FileTooLong;
    const what = isTooLong
      ? `is longer than ${MAX_BYTES / 1024 / 1024} MiB`
      : `cannot be read: ${oneLine(error)}`;
    throw new ConfigurationError(`${file}: ${what}`);
  }
}
