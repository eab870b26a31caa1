/**
 * What the write-ahead log holds may be less than it seems: when a sync fails, the kernel may keep pages that never
 * reached the disk, and show them as if they had. These functions bring the log back to what can be trusted.
 *
 * Source: the file formats, https://www.sqlite.org/fileformat2.html#the_write_ahead_log and
 * https://www.sqlite.org/walformat.html#the_wal_index_header.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { endianness } from 'node:os';

import { OperationError } from '../../../program/exit';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Where the log's header tells the size of a page. */
const PAGE_SIZE_OFFSET = 8;
/** `mxFrame` of the log's index: how many frames the commits take that have succeeded. */
const FRAME_COUNT_OFFSET = 16;
const CHUNK_BYTES = 1024 * 1024;

/**
 * How many frames of the log belong to commits that have succeeded. To be asked while the connection is still open.
 *
 * @param indexFile the log's index, `…-shm`
 * @throws OperationError when it cannot be read
 */
export function countCommittedFrames(indexFile: string): number {
  return withFile(indexFile, 'r', (descriptor) => {
    const header = Buffer.alloc(FRAME_COUNT_OFFSET + 4);
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) {
      throw new OperationError(`${indexFile}: the log's index is too short`);
    }
    return endianness() === 'LE'
      ? header.readUInt32LE(FRAME_COUNT_OFFSET)
      : header.readUInt32BE(FRAME_COUNT_OFFSET);
  });
}

/**
 * Cuts off what a failed commit left in the log, durably. A log that is gone was moved into the database.
 *
 * @param committedFrames as {@link countCommittedFrames} answered
 */
export function cutLog(logFile: string, committedFrames: number): void {
  if (!existsSync(logFile)) return;
  withFile(logFile, 'r+', (descriptor) => {
    const frameBytes = FRAME_HEADER_BYTES + pageBytesOf(descriptor);
    const bytes = committedFrames === 0 ? 0 : LOG_HEADER_BYTES + committedFrames * frameBytes;
    if (fstatSync(descriptor).size > bytes) ftruncateSync(descriptor, bytes);
    fsyncSync(descriptor);
  });
}

/**
 * Writes the log once more, as it is, and syncs it. A process that was killed after a failed sync leaves a log of which
 * nobody knows how much is on the disk; now all of it is.
 */
export function rewriteLog(logFile: string): void {
  if (!existsSync(logFile)) return;
  withFile(logFile, 'r+', (descriptor) => {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    for (let offset = 0; ;) {
      const count = readSync(descriptor, chunk, 0, CHUNK_BYTES, offset);
      if (count === 0) break;
      for (let written = 0; written < count;) {
        written += writeSync(descriptor, chunk, written, count - written, offset + written);
      }
      offset += count;
    }
    fsyncSync(descriptor);
  });
}

function pageBytesOf(descriptor: number): number {
  const field = Buffer.alloc(4);
  readSync(descriptor, field, 0, field.length, PAGE_SIZE_OFFSET);
  return field.readUInt32BE();
}

function withFile<Result>(file: string, flags: 'r' | 'r+', work: (descriptor: number) => Result): Result {
  const descriptor = openSync(file, flags);
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
