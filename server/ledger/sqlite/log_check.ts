/**
 * A look at SQLite's write-ahead log before SQLite reads it.
 *
 * SQLite ends its recovery at the first frame that does not fit, without a word: right for the torn end that a
 * power cut leaves, which was never acknowledged, and wrong for damage in the middle, behind which lie commits that
 * were. The two can be told apart: each commit is synced before the next one begins, so a torn end is a part of one
 * commit, and nothing of a later commit can follow it.
 *
 * Source: the file format, https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

import { OperationError } from '../../../program/exit';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;
/** Where the fields lie: in the file's header, and in a frame's. */
const PAGE_SIZE_OFFSET = 8;
const SALTS_OFFSET = 16;
const CHECKSUM_OFFSET = 24;
const FRAME_COMMIT_OFFSET = 4;
const FRAME_SALTS_OFFSET = 8;
const FRAME_CHECKSUM_OFFSET = 16;

/** The running checksum: two 32-bit sums. */
type Sums = readonly [number, number];

/**
 * Refuses a log that was damaged in the middle.
 *
 * @param file the log, which may be missing
 * @throws OperationError when commits lie behind a damaged place
 */
export function requireWholeLog(file: string): void {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size <= HEADER_BYTES) return;
    new LogCheck(file, descriptor, size).run();
  } finally {
    closeSync(descriptor);
  }
}

class LogCheck {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #header: Buffer;
  readonly #frame: Buffer;
  readonly #frames: number;
  readonly #isLittleEndian: boolean;

  constructor(file: string, descriptor: number, sizeBytes: number) {
    this.#file = file;
    this.#descriptor = descriptor;
    this.#header = Buffer.alloc(HEADER_BYTES);
    readSync(descriptor, this.#header, 0, HEADER_BYTES, 0);
    const pageBytes = this.#header.readUInt32BE(PAGE_SIZE_OFFSET);
    const isPossible = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
    if (!isPossible) throw this.#damaged('its header');
    this.#frame = Buffer.alloc(FRAME_HEADER_BYTES + pageBytes);
    this.#frames = Math.floor((sizeBytes - HEADER_BYTES) / this.#frame.length);
    this.#isLittleEndian = this.#header.readUInt32BE(0) === MAGIC;
  }

  run(): void {
    const headerSums = this.#sum(this.#header, 0, CHECKSUM_OFFSET, [0, 0]);
    let sums = sumsAt(this.#header, CHECKSUM_OFFSET);
    if (!isSame(headerSums, sums)) {
      this.#requireUnused(sums);
      return;
    }
    for (let index = 0; index < this.#frames; index++) {
      this.#read(index);
      if (!this.#isOfThisLog() || !this.#fits(sums)) {
        this.#requireNotChanged(index, sums);
        this.#requireTornEnd(index);
        return;
      }
      sums = sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET);
    }
  }

  /**
   * A frame that was whole and has been changed in its header is no torn end: its salts, its checksum, or the mark
   * that it ends a commit.
   */
  #requireNotChanged(index: number, before: Sums): void {
    const damage = this.#damaged(`frame ${index + 1}`);
    if (this.#fits(before)) throw damage;
    const computed = this.#sumsOfFrame(before);
    if (this.#isOfThisLog()) {
      for (let offset = FRAME_COMMIT_OFFSET; offset < FRAME_SALTS_OFFSET; offset++) {
        if (this.#fitsWithAnother(offset, before)) throw damage;
      }
    }
    if (index + 1 >= this.#frames) return;
    this.#read(index + 1);
    if (this.#isOfThisLog() && this.#fits(computed)) throw damage;
  }

  /** Whether the frame would fit with some other byte at this place. */
  #fitsWithAnother(offset: number, before: Sums): boolean {
    const found = this.#frame[offset]!;
    for (let byte = 0; byte < 256; byte++) {
      this.#frame[offset] = byte;
      if (this.#fits(before)) return true;
    }
    this.#frame[offset] = found;
    return false;
  }

  /** A header that does not fit was torn when the log was begun anew, unless the frames behind it are its own. */
  #requireUnused(sums: Sums): void {
    if (this.#frames === 0) return;
    this.#read(0);
    if (this.#isOfThisLog() || this.#fits(sums)) throw this.#damaged('its header');
  }

  /** Behind a frame that does not fit, nothing of a later commit may lie. */
  #requireTornEnd(brokenIndex: number): void {
    this.#read(brokenIndex);
    let isCommitBehind = this.#isOfThisLog() && this.#isCommit();
    let sums = sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET);
    for (let index = brokenIndex + 1; index < this.#frames; index++) {
      this.#read(index);
      const isOurs = this.#isOfThisLog();
      if (isOurs && isCommitBehind && this.#fits(sums)) throw this.#damaged(`frame ${brokenIndex + 1}`);
      isCommitBehind ||= isOurs && this.#isCommit();
      sums = sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET);
    }
  }

  #read(index: number): void {
    readSync(this.#descriptor, this.#frame, 0, this.#frame.length, HEADER_BYTES + index * this.#frame.length);
  }

  #isOfThisLog(): boolean {
    return (
      this.#frame.compare(
        this.#header,
        SALTS_OFFSET,
        CHECKSUM_OFFSET,
        FRAME_SALTS_OFFSET,
        FRAME_CHECKSUM_OFFSET,
      ) === 0
    );
  }

  #isCommit(): boolean {
    return this.#frame.readUInt32BE(FRAME_COMMIT_OFFSET) !== 0;
  }

  /** Whether the frame's checksum follows from the one before it. */
  #fits(before: Sums): boolean {
    return isSame(this.#sumsOfFrame(before), sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET));
  }

  #sumsOfFrame(before: Sums): Sums {
    const head = this.#sum(this.#frame, 0, FRAME_SALTS_OFFSET, before);
    return this.#sum(this.#frame, FRAME_HEADER_BYTES, this.#frame.length, head);
  }

  #sum(bytes: Buffer, start: number, end: number, [first, second]: Sums): Sums {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let one = first;
    let two = second;
    for (let offset = start; offset < end; offset += 8) {
      one = (one + view.getUint32(offset, this.#isLittleEndian) + two) >>> 0;
      two = (two + view.getUint32(offset + 4, this.#isLittleEndian) + one) >>> 0;
    }
    return [one, two];
  }

  #damaged(where: string): OperationError {
    return new OperationError(
      `${this.#file}: the ledger's log is damaged at ${where}, with commits behind it`,
    );
  }
}

function sumsAt(bytes: Buffer, offset: number): Sums {
  return [bytes.readUInt32BE(offset), bytes.readUInt32BE(offset + 4)];
}

function isSame([one, two]: Sums, [otherOne, otherTwo]: Sums): boolean {
  return one === otherOne && two === otherTwo;
}
