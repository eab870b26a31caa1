/** Small text files that people write: settings, tokens. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { ConfigurationError, oneLine } from './exit';

const CHUNK_BYTES = 65_536;
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
 * @throws ConfigurationError with the file's name when it cannot be read, is longer than 128 MiB or is not in UTF-8
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

function readBytes(file: string): { bytes: Buffer; mode: number } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const { mode } = fstatSync(descriptor);
    const chunks: Buffer[] = [];
    for (let total = 0; total <= MAX_BYTES;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const count = readSync(descriptor, chunk);
      if (count === 0) return { bytes: Buffer.concat(chunks), mode };
      chunks.push(chunk.subarray(0, count));
      total += count;
    }
  } catch (error) {
    throw new ConfigurationError(`${file}: cannot be read: ${oneLine(error)}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  throw new ConfigurationError(`${file}: is longer than ${MAX_BYTES / 1024 / 1024} MiB`);
}
