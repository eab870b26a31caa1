/**
 * A look at SQLite's write-ahead log before SQLite reads it.
 *
 * SQLite ends its recovery at the first frame that does not fit, without a word: right for the torn end that a
 * power cut leaves, which was never acknowledged, and wrong for damage in the middle, after which there are commits that
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
/** More pages than a ledger will have: 30 GiB. */
const MAX_PAGES = 1_000_000;

/** What the commits in a log hold. */
export interface CommittedLog {
  readonly pageBytes: number;
  /** The numbers of the pages that they have written. */
  readonly pages: ReadonlySet<number>;
  /** How many pages the database has after the last of them. */
  readonly databasePages: number;
}

/** The running checksum: two 32-bit sums. */
type Sums = readonly [number, number];

/**
 * Refuses a log that was damaged in the middle.
 *
 * @param file the log, which may be missing
 * @returns what its commits hold; `undefined` where there is none
 * @throws OperationError when there are commits after a damaged place
 */
export function requireWholeLog(file: string): CommittedLog | undefined {
  if (!existsSync(file)) return undefined;
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size <= HEADER_BYTES) return undefined;
    const check = new LogCheck(file, descriptor, size);
    check.run();
    return check.committed;
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
  readonly #pages = new Set<number>();
  /** Those of the commit whose end was not read yet. */
  #openPages: number[] = [];
  #databasePages = 0;

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

  /** What was found; to be asked after `run`. */
  get committed(): CommittedLog | undefined {
    if (this.#databasePages === 0) return undefined;
    const pageBytes = this.#frame.length - FRAME_HEADER_BYTES;
    return { pageBytes, pages: this.#pages, databasePages: this.#databasePages };
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
      if (!this.#isOfThisLog() || !this.#fits(sums)) return this.#requireTornEnd(index, sums);
      sums = sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET);
      this.#note();
    }
  }

  /** Notes a frame that is whole. */
  #note(): void {
    this.#openPages.push(this.#frame.readUInt32BE(0));
    if (!this.#isCommit()) return;
    for (const page of this.#openPages) this.#pages.add(page);
    this.#openPages = [];
    this.#databasePages = this.#frame.readUInt32BE(FRAME_COMMIT_OFFSET);
  }

  /** A header that does not fit was torn when the log was started over, unless the frames after it are its own. */
  #requireUnused(sums: Sums): void {
    if (this.#frames === 0) return;
    this.#read(0);
    if (this.#isOfThisLog() || this.#fits(sums)) throw this.#damaged('its header');
  }

  /** Behind a frame that does not fit, nothing of a later commit may lie. */
  #requireTornEnd(brokenIndex: number, before: Sums): void {
    this.#read(brokenIndex);
    const stored = sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET);
    const computed = this.#frameSums(before);
    // With other salts it was a frame of this log if it follows from the one before it.
    const isOurs = this.#isOfThisLog();
    let isCommitBehind = this.#isCommit() && (isOurs || isSame(stored, computed));
    if (isOurs && !isCommitBehind) isCommitBehind = this.#wasCommit(before, stored);
    // The next frame follows from what the broken one says of itself, or from what it should say.
    let sums: readonly Sums[] = [stored, computed];
    for (let index = brokenIndex + 1; index < this.#frames; index++) {
      this.#read(index);
      const isOurs = this.#isOfThisLog();
      if (isOurs && isCommitBehind && sums.some((each) => this.#fits(each)))
        throw this.#damaged(`frame ${brokenIndex + 1}`);
      isCommitBehind ||= isOurs && this.#isCommit();
      sums = [sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET)];
    }
  }

  /** Whether the frame was the last of a commit, and nothing of it but the mark of that was lost. */
  #wasCommit(before: Sums, stored: Sums): boolean {
    const kept = this.#frame.readUInt32BE(FRAME_COMMIT_OFFSET);
    const sumsWith = (pages: number): Sums => {
      this.#frame.writeUInt32BE(pages, FRAME_COMMIT_OFFSET);
      return this.#frameSums(before);
    };
    // The sums grow evenly with the mark: two of them tell all.
    const [none, one] = [sumsWith(0), sumsWith(1)];
    this.#frame.writeUInt32BE(kept, FRAME_COMMIT_OFFSET);
    const steps = [one[0] - none[0], one[1] - none[1]] as const;
    let [first, second] = none;
    for (let pages = 1; pages <= MAX_PAGES; pages++) {
      first = (first + steps[0]) >>> 0;
      second = (second + steps[1]) >>> 0;
      if (isSame([first, second], stored)) return true;
    }
    return false;
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
    return isSame(this.#frameSums(before), sumsAt(this.#frame, FRAME_CHECKSUM_OFFSET));
  }

  #frameSums(before: Sums): Sums {
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
