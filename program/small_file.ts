/** Files of bounded length that people name: whatever stands under the name, reading it ends, and soon. */
import { closeSync, constants, fstatSync, openSync, readSync, Stats, statSync } from 'node:fs';

const CHUNK_BYTES = 65_536;
/** An empty file for those who mean none. */
const NO_FILE = '/dev/null';

/** What was read of a file. */
export interface SmallFile {
  readonly bytes: Buffer;
  /** The permission bits, as of `stat`, and its owner: of the file that was read, whatever has its name by then. */
  readonly mode: number;
  readonly uid: number;
}

/** A file is longer than what is read. */
export class FileTooLong extends Error {
  override readonly name = 'FileTooLong';
}

/**
 * Reads a file whole. It must be a regular one, or `/dev/null`: nothing waits for the writer of a pipe, and no device is read
 * without end.
 *
 * @param maxBytes how long it may be
 * @throws FileTooLong, an Error for anything but a regular file, or the file system's error
 */
export function readSmallFile(path: string, maxBytes: number): SmallFile {
  // A pipe that nobody writes to would hold up whoever opens it.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    requireRegular(stats);
    return { bytes: readAll(descriptor, maxBytes), mode: stats.mode, uid: stats.uid };
  } finally {
    closeSync(descriptor);
  }
}

/** What stands under a name; `undefined` for nothing, and for what cannot be looked at: that is told when it is opened. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** What stands under a name, where that is no regular file: `a folder`; `undefined` for a regular file. */
export function otherThanFile(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function requireRegular(stats: Stats): void {
  const other = otherThanFile(stats);
  if (other === undefined) return;
  const isNoFile =
    stats.isCharacterDevice() && stats.rdev === statSync(NO_FILE, { throwIfNoEntry: false })?.rdev;
  if (!isNoFile) throw new Error(`it is ${other}; allowed is a regular file`);
}

/** Its size, which a file in `/proc` does not tell, is not asked. */
function readAll(descriptor: number, maxBytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let total = 0; total <= maxBytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, maxBytes - total + 1));
    const count = readSync(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  throw new FileTooLong(`it is longer than ${maxBytes} bytes`);
}
