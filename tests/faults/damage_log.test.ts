/**
 * The check of the write-ahead log, on logs made by hand: every torn end that a power cut may leave is accepted, and
 * whatever is accepted loses no commit but the last.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase, { Database } from 'better-sqlite3';

import { requireWholeLog } from '../../server/ledger/sqlite/log_check';
import { Stage } from '../support/programs';
import { LogParts, readLogParts } from './damage/log_file';
import { Random } from '../../tools/random';
import { SEED } from './storage/seed';

const SECTOR_BYTES = 512;
const PAGE_BYTES = 1024;
/** So many pages has each commit's text: with the table's own, commits of one frame (0) and of many. */
const COMMIT_PAGES = {
  'a long commit': [3, 1, 0, 5, 4],
  'two short commits': [5, 3, 0, 0],
  'a long and a short commit': [5, 3, 0],
};
type End = keyof typeof COMMIT_PAGES;

let stage: Stage;
beforeEach(() => (stage = new Stage()));
afterEach(() => stage.close());

/** A database file, its log, and what lies in the log. */
interface MadeLog {
  readonly commits: number;
  readonly database: Buffer;
  readonly log: Buffer;
  /** The log when the last commit had not begun: as long as `log` where an older log's frames lie behind. */
  readonly logBefore: Buffer;
  readonly parts: LogParts;
}

/** @param isBegunAnew whether frames of an older log lie where the last commits were written */
function makeLog(isBegunAnew: boolean, end: End = 'a long commit'): MadeLog {
  const commitPages = COMMIT_PAGES[end];
  const commits = commitPages.length;
  const file = stage.path('made.db');
  const database = new SqliteDatabase(file);
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec(
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, text BLOB); CREATE TABLE marks (id INTEGER PRIMARY KEY)',
  );
  if (isBegunAnew) {
    for (let index = 0; index < 3 * commits; index++) writeNote(database, 1_000 + index, 4, 0xee);
    database.pragma('wal_checkpoint(RESTART)');
  } else database.pragma('wal_checkpoint(TRUNCATE)');
  const log = (): Buffer => readFileSync(`${file}-wal`);
  let logBefore: Buffer = Buffer.alloc(0);
  for (const [index, pages] of commitPages.entries()) {
    logBefore = log();
    writeNote(database, index + 1, pages, index + 1);
  }
  const made = {
    commits,
    database: readFileSync(file),
    log: log(),
    logBefore,
    parts: readLogParts(`${file}-wal`),
  };
  database.close();
  expect(made.parts.commits).toHaveLength(commits);
  return made;
}

/** A commit with so many pages of text; without any it is a single frame. */
function writeNote(database: Database, id: number, pages: number, byte: number): void {
  if (pages === 0) database.prepare('INSERT INTO marks VALUES (?)').run(id);
  else database.prepare('INSERT INTO notes VALUES (?, ?)').run(id, Buffer.alloc(pages * PAGE_BYTES, byte));
}

/** Whether the check takes a log. */
function isTaken(log: Buffer): boolean {
  const file = stage.path('checked.db-wal');
  writeFileSync(file, log);
  try {
    requireWholeLog(file);
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/checked\.db-wal: the ledger's log is damaged/);
    return false;
  }
}

/** How many of the commits SQLite itself finds; -1 when the file cannot be read. */
function commitsFound({ database }: MadeLog, log: Buffer): number {
  const file = stage.path('read.db');
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
  const opened = new SqliteDatabase(file);
  try {
    const count =
      'SELECT (SELECT count(*) FROM notes WHERE id <= 99) + (SELECT count(*) FROM marks WHERE id <= 99)';
    return Number(opened.prepare(count).pluck().get());
  } catch {
    return -1;
  } finally {
    opened.close();
  }
}

/** The last commit as a cut leaves it: each sector as it was before, as it is after, or empty. */
type SectorState = 'before' | 'after' | 'empty';

function torn({ log, logBefore, parts }: MadeLog, stateOf: (sector: number) => SectorState): Buffer {
  const { startByte, endByte } = parts.commits.at(-1)!;
  const result = Buffer.from(log);
  for (let offset = startByte; offset < endByte;) {
    const end = Math.min(endByte, (Math.floor(offset / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    const state = stateOf(Math.floor(offset / SECTOR_BYTES));
    if (state !== 'after') result.fill(0, offset, end);
    if (state === 'before' && offset < logBefore.length)
      logBefore.copy(result, offset, offset, Math.min(end, logBefore.length));
    offset = end;
  }
  return result;
}

/** The sectors of the last commit. */
function sectorsOf({ parts }: MadeLog): number[] {
  const { startByte, endByte } = parts.commits.at(-1)!;
  const [first, last] = [startByte, endByte - 1].map((offset) => Math.floor(offset / SECTOR_BYTES));
  return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
}

describe.each([
  ['a new log', false],
  ['a log that was begun anew, with older frames behind', true],
])('%s', (_, isBegunAnew) => {
  test('is taken whole', () => {
    const made = makeLog(isBegunAnew);
    expect(isTaken(made.log)).toBe(true);
    expect(isTaken(made.logBefore)).toBe(true);
    expect(commitsFound(made, made.log)).toBe(made.commits);
  });

  test('is taken when its last commit was torn at any sector', () => {
    const made = makeLog(isBegunAnew);
    for (const cut of sectorsOf(made)) {
      for (const behind of ['before', 'empty'] as const) {
        const log = torn(made, (sector) => (sector < cut ? 'after' : behind));
        expect({ cut, behind, isTaken: isTaken(log) }).toEqual({ cut, behind, isTaken: true });
        const reversed = torn(made, (sector) => (sector > cut ? 'after' : behind));
        expect({ cut, behind, isTaken: isTaken(reversed) }).toEqual({ cut, behind, isTaken: true });
      }
    }
  });

  test('is taken when the file ends at any sector of its last commit, or within one', () => {
    const made = makeLog(isBegunAnew);
    const { startByte, endByte } = made.parts.commits.at(-1)!;
    for (let end = startByte; end <= endByte; end += 128) {
      expect({ end, isTaken: isTaken(made.log.subarray(0, end)) }).toEqual({ end, isTaken: true });
      expect(commitsFound(made, made.log.subarray(0, end))).toBeGreaterThanOrEqual(made.commits - 1);
    }
  });

  test(`seed ${SEED}: is taken when any sectors of its last commit are missing`, () => {
    const made = makeLog(isBegunAnew);
    const random = new Random(SEED);
    const taken = Array.from({ length: 200 }, () => {
      const states = new Map(
        sectorsOf(made).map((sector) => [sector, random.pick(['before', 'after', 'empty'] as const)]),
      );
      return isTaken(torn(made, (sector) => states.get(sector)!));
    });
    expect(taken.filter((each) => !each)).toEqual([]);
  });

  test.each(Object.keys(COMMIT_PAGES) as End[])(
    'is refused when a byte is changed before its last commit, or loses nothing by it, with %s at its end',
    (end) => {
      const made = makeLog(isBegunAnew, end);
      const lost = new Set<string>();
      for (const offset of offsetsBeforeLastCommit(made.parts)) {
        for (const mask of new Set([0x01, made.log[offset]!])) {
          const log = Buffer.from(made.log);
          log[offset] = log[offset]! ^ mask;
          if (mask === 0 || !isTaken(log)) continue;
          const found = commitsFound(made, log);
          if (found < made.commits)
            lost.add(`${frameOf(offset, made)}: ${found} of ${made.commits} commits are left`);
        }
      }
      expect([...lost]).toEqual([]);
    },
  );
});

/** Every byte of a header, and some of the pages. */
function offsetsBeforeLastCommit({ commits, frameBytes }: LogParts): number[] {
  const all = Array.from({ length: commits.at(-1)!.startByte }, (_, offset) => offset);
  return all.filter((offset) => offset < 32 || (offset - 32) % frameBytes < 24 || offset % 101 === 0);
}

/** `frame 3, byte 8`. */
function frameOf(offset: number, { parts: { frameBytes, framesEnd } }: MadeLog): string {
  if (offset < 32) return `header of the log, byte ${offset}`;
  const [frame, frames] = [Math.floor((offset - 32) / frameBytes) + 1, (framesEnd - 32) / frameBytes];
  return `frame ${frame} of ${frames}, byte ${(offset - 32) % frameBytes}`;
}

/**
 * In every 64th frame a border of sectors lies between the salts and the checksum. When the sector in front of it is
 * missing, the salts are those of an older log, and everything else may be as it was there: the same page, the same size.
 */
test.each([62, 126])('is taken when frame %i was torn between its salts and its checksum', (index) => {
  const file = stage.path('same.db');
  const database = new SqliteDatabase(file);
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec(
    'CREATE TABLE marks (id INTEGER PRIMARY KEY, count INTEGER); INSERT INTO marks VALUES (1, 0)',
  );
  database.pragma('wal_checkpoint(TRUNCATE)');
  const count = (times: number): void => {
    for (let time = 0; time < times; time++) database.exec('UPDATE marks SET count = count + 1');
  };
  count(index + 10);
  database.pragma('wal_checkpoint(RESTART)');
  count(index);
  const logBefore = readFileSync(`${file}-wal`);
  count(1);
  const log = readFileSync(`${file}-wal`);
  const parts = readLogParts(`${file}-wal`);
  const made: MadeLog = { commits: index + 1, database: readFileSync(file), log, logBefore, parts };
  database.close();
  const border = parts.commits.at(-1)!.startByte + 16;
  expect({ commits: parts.commits.length, rest: border % SECTOR_BYTES }).toEqual({
    commits: index + 1,
    rest: 0,
  });
  expect(isTaken(torn(made, (sector) => (sector < border / SECTOR_BYTES ? 'before' : 'after')))).toBe(true);
});

test('a log that is missing, empty or shorter than its header is no log', () => {
  expect(() => requireWholeLog(join(stage.folder, 'missing'))).not.toThrow();
  for (const length of [0, 1, 31, 32]) expect(isTaken(Buffer.alloc(length, 7))).toBe(true);
});

test('the check changes nothing', () => {
  const made = makeLog(false);
  const file = stage.path('kept.db-wal');
  writeFileSync(file, made.log);
  copyFileSync(file, stage.path('before'));
  requireWholeLog(file);
  expect(readFileSync(file).equals(readFileSync(stage.path('before')))).toBe(true);
  expect(existsSync(stage.path('kept.db'))).toBe(false);
});
