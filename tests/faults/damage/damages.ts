/** Kinds of damage, each chosen by a seed. */
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Random } from '../../../tools/random';
import { FRAME_HEADER_BYTES, LOG_HEADER_BYTES, readLogParts } from './log_file';

const DATABASE = 'lottery.db';
const LOG = 'lottery.db-wal';
/** The server's page size. */
const PAGE_BYTES = 32 * 1024;

/** A damage that was done. */
export interface Damage {
  readonly kind: string;
  readonly detail: string;
  /** That acknowledged batches are gone cannot be seen: the rest is a log that was cut off in its last commit. */
  readonly mayLoseEnd: boolean;
}

type Damager = (folder: string, random: Random) => Damage | undefined;

const flipDatabaseHeader: Damager = (folder, random) =>
  flip(folder, DATABASE, 'header of the database', random.below(100), random);

const flipPageHeader: Damager = (folder, random) => {
  const page = random.below(sizeOf(folder, DATABASE) / PAGE_BYTES);
  // The header and the first pointers of the page's cells.
  const offset = page * PAGE_BYTES + (page === 0 ? 100 : 0) + random.below(40);
  return flip(folder, DATABASE, 'header of a page', offset, random);
};

const flipDatabase: Damager = (folder, random) =>
  flip(folder, DATABASE, 'database', random.below(sizeOf(folder, DATABASE)), random);

/** A byte that is not 0: one that is used. */
const flipContent: Damager = (folder, random) => {
  const bytes = readFileSync(join(folder, DATABASE));
  for (let tries = 0; tries < 10_000; tries++) {
    const offset = random.below(bytes.length);
    if (bytes[offset] !== 0) return flip(folder, DATABASE, 'content of a page', offset, random);
  }
  return undefined;
};

const flipSchema: Damager = (folder, random) => {
  const bytes = readFileSync(join(folder, DATABASE));
  const [start, end] = [bytes.indexOf('CREATE VIEW'), bytes.indexOf('AS bet')];
  if (start < 0 || end < 0) return undefined;
  return flip(folder, DATABASE, 'text of the view', start + random.below(end - start), random);
};

const flipLogHeader: Damager = (folder, random) =>
  flip(folder, LOG, 'header of the log', random.below(32), random);

const flipFrameHeader: Damager = (folder, random) => {
  const { frameBytes, framesEnd } = readLogParts(join(folder, LOG));
  const frames = (framesEnd - LOG_HEADER_BYTES) / frameBytes;
  const offset = LOG_HEADER_BYTES + random.below(frames) * frameBytes + random.below(FRAME_HEADER_BYTES);
  return flip(folder, LOG, 'header of a frame', offset, random);
};

const flipLog: Damager = (folder, random) =>
  flip(folder, LOG, 'log', random.below(readLogParts(join(folder, LOG)).framesEnd), random);

const flipLastCommit: Damager = (folder, random) => {
  const last = readLogParts(join(folder, LOG)).commits.at(-1);
  if (last === undefined) return undefined;
  const offset = last.startByte + random.below(last.endByte - last.startByte);
  return flip(folder, LOG, 'last commit of the log', offset, random);
};

const flipStaleFrames: Damager = (folder, random) => {
  const { framesEnd } = readLogParts(join(folder, LOG));
  const left = sizeOf(folder, LOG) - framesEnd;
  if (left <= 0) return undefined;
  return flip(folder, LOG, 'frames of the log before', framesEnd + random.below(left), random);
};

const cutDatabase: Damager = (folder, random) =>
  cut(folder, DATABASE, random.below(sizeOf(folder, DATABASE)));
const cutDatabaseAtPage: Damager = (folder, random) =>
  cut(folder, DATABASE, PAGE_BYTES * random.below(sizeOf(folder, DATABASE) / PAGE_BYTES));
const emptyDatabase: Damager = (folder) => cut(folder, DATABASE, 0);
const cutLog: Damager = (folder, random) => cut(folder, LOG, random.below(sizeOf(folder, LOG)));
const emptyLog: Damager = (folder) => cut(folder, LOG, 0);
const cutLockFile: Damager = (folder) => cut(folder, 'lottery.lock', 0);

/** Whatever is chosen at random. */
export const RANDOM_DAMAGES: readonly Damager[] = [
  flipDatabaseHeader,
  flipPageHeader,
  flipPageHeader,
  flipDatabase,
  flipContent,
  flipSchema,
  cutDatabase,
  cutDatabaseAtPage,
];
export const RANDOM_LOG_DAMAGES: readonly Damager[] = [
  flipLogHeader,
  flipFrameHeader,
  flipFrameHeader,
  flipLog,
  flipLastCommit,
  flipStaleFrames,
  cutLog,
];
/** What leaves nothing to choose. */
export const FIXED_DAMAGES: readonly Damager[] = [
  emptyDatabase,
  emptyLog,
  cutLockFile,
  ...['lottery.db', 'lottery.db-wal', 'lottery.db-shm', 'lottery.lock'].map(
    (name): Damager =>
      (folder) =>
        remove(folder, name),
  ),
];

/** Whether a ledger has a log with something in it. */
export function hasLog(folder: string): boolean {
  return existsSync(join(folder, LOG)) && sizeOf(folder, LOG) > LOG_HEADER_BYTES;
}

function flip(folder: string, name: string, what: string, offset: number, random: Random): Damage {
  const file = join(folder, name);
  const mayLoseEnd = name === LOG && isInLastCommit(file, offset);
  const bytes = readFileSync(file);
  const before = bytes[offset]!;
  // One bit, or the whole byte.
  const mask = random.chance(500) ? 1 << random.below(8) : 1 + random.below(255);
  bytes[offset] = before ^ mask;
  writeFileSync(file, bytes);
  return { kind: `flip: ${what}`, detail: `${name}[${offset}] ${before} -> ${bytes[offset]}`, mayLoseEnd };
}

function isInLastCommit(file: string, offset: number): boolean {
  const last = readLogParts(file).commits.at(-1);
  return last !== undefined && offset >= last.startByte && offset < last.endByte;
}

function cut(folder: string, name: string, lengthBytes: number): Damage | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  const before = statSync(file).size;
  truncateSync(file, lengthBytes);
  const kind = lengthBytes === 0 ? `emptied: ${name}` : `cut: ${name}`;
  return { kind, detail: `${before} -> ${lengthBytes} bytes`, mayLoseEnd: name === LOG };
}

function remove(folder: string, name: string): Damage | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  rmSync(file);
  return { kind: `removed: ${name}`, detail: '', mayLoseEnd: name === LOG };
}

function sizeOf(folder: string, name: string): number {
  return statSync(join(folder, name)).size;
}
