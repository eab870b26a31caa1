/** What the TypeScript and the functions in Redis must agree on. Each value is written only here. */
import { MAX_NOTE_NUMBER, MAX_NOTES, MAX_NOTES_BYTES } from '../note';

/** The version of the ledger's keys. A change that an older server must not meet makes it a higher one. */
export const LEDGER_VERSION = 1;

/** What every key of the ledger begins with. One database of a Redis has one ledger. */
export const PREFIX = 'lottery:';
/** The library of functions. A Redis has one of a name for all its databases. */
export const LIBRARY = 'lottery';
/** The channel on which the functions tell that an agency has finished, the sale is closed, or the draw is stored. */
export const NEWS_CHANNEL = 'lottery:news';

/**
 * How many ASKs of an agency are known at most, besides the one from which batches come. A connection whose ASK is older
 * must ask again.
 */
export const MAX_KNOWN_ASKS = 64;

/** How many servers' runs are known, those of servers that were killed among them. The oldest goes. */
const MAX_RUNS = 256;

/**
 * How many bytes of notes and lists of them a group reads before it leaves further ones to a later group. The last one
 * that it reads may go beyond.
 */
const MAX_NOTE_BYTES_READ = 1024 * 1024;

/** The keys that the TypeScript reads by itself. */
export const KEYS = {
  lottery: `${PREFIX}lottery`,
  sums: `${PREFIX}sums`,
  finished: `${PREFIX}finished`,
  order: `${PREFIX}order`,
  log: `${PREFIX}log`,
  draw: `${PREFIX}draw`,
  winners: `${PREFIX}winners`,
  runs: `${PREFIX}runs`,
  drawLock: `${PREFIX}draw-lock`,
  sharedValues: `${PREFIX}shared-values`,
  trial: `${PREFIX}trial`,
  run: (runId: string): string => `${PREFIX}run:${runId}`,
  heads: (agency: number): string => `${PREFIX}heads:${agency}`,
  texts: (agency: number): string => `${PREFIX}texts:${agency}`,
} as const;

/** The values that a function may name as `${NAME}`. */
export const LUA_CONSTANTS: Readonly<Record<string, string | number | bigint>> = {
  PREFIX,
  LIBRARY,
  NEWS_CHANNEL,
  MAX_KNOWN_ASKS,
  MAX_RUNS,
  MAX_NOTES,
  MAX_NOTES_BYTES,
  MAX_NOTE_NUMBER,
  MAX_NOTE_BYTES_READ,
};
