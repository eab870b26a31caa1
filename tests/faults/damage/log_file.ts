/** A write-ahead log's parts, read by the file format alone (https://www.sqlite.org/fileformat2.html). */
import { existsSync, readFileSync } from 'node:fs';

export const LOG_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 24;

/** Where the commits of a log lie. */
export interface LogParts {
  /** For each commit where its first frame begins and its last one ends; `framesEnd` where there is none. */
  readonly commits: readonly { readonly startByte: number; readonly endByte: number }[];
  readonly frameBytes: number;
  /** Where the frames of this log end: behind it lie those of the log before, if any. */
  readonly framesEnd: number;
}

/** Reads a whole log, or one that is missing. */
export function readLogParts(file: string): LogParts {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const frameBytes = bytes.length < LOG_HEADER_BYTES ? 0 : FRAME_HEADER_BYTES + bytes.readUInt32BE(8);
  const commits: { startByte: number; endByte: number }[] = [];
  let start = LOG_HEADER_BYTES;
  let offset = LOG_HEADER_BYTES;
  const isOurs = (): boolean => bytes.compare(bytes, 16, 24, offset + 8, offset + 16) === 0;
  for (; frameBytes > 0 && offset + frameBytes <= bytes.length && isOurs(); offset += frameBytes) {
    if (bytes.readUInt32BE(offset + 4) === 0) continue;
    commits.push({ startByte: start, endByte: offset + frameBytes });
    start = offset + frameBytes;
  }
  return { commits, frameBytes, framesEnd: offset };
}
