/** What the TypeScript and the functions in the database must agree on. Each value is written only here. */
import { MAX_NOTE_NUMBER, MAX_NOTES, MAX_NOTES_BYTES } from '../note';

/**
 * The lock that every commit group takes, shared or exclusive, before its number in the audit log: the two keys of an
 * advisory lock. All first keys spell "LOT" and a letter.
 */
export const LOTTERY_LOCK = '1280267348, 0';
/** Held while the tables or functions are made, so that only one of several servers makes them. */
export const MIGRATION_LOCK = '1280267348, 1';
/** Held by the server that is looking for the winners. */
export const DRAW_LOCK = '1280267348, 2';
/** Held, shared, by each server that has the ledger open, over the connection that commits for it. */
export const SERVERS_LOCK = '1280267348, 3';
/** The first key of the agencies' locks; the second is the agency modulo {@link AGENCY_LOCKS}. */
const AGENCY_LOCK_CLASS = 1280267329;
/** The first key of locks that are taken only to see whether the database keeps them; the second is a random number. */
export const TRIAL_LOCK_CLASS = 1280267344;

/** How many locks the agencies share. */
const AGENCY_LOCKS = 64;

/** The channel on which the database tells, after the commit, that an agency has finished, the sale is closed, or the draw is stored. */
export const NEWS_CHANNEL = 'lottery_news';

/**
 * How many ASKs of an agency are known at most, besides the one from which batches come. A connection whose ASK is older
 * must ask again. Without a bound, asking would fill the table.
 */
export const MAX_KNOWN_ASKS = 64;

/**
 * How many bytes of notes and lists of them a group reads before it leaves further ones to a later group. The last one
 * that it reads may go beyond.
 */
const MAX_NOTE_BYTES_READ = 1024 * 1024;

/** The values that a function's SQL may name as `${NAME}`. */
export const SQL_CONSTANTS: Readonly<Record<string, string | number | bigint>> = {
  LOTTERY_LOCK,
  AGENCY_LOCK_CLASS,
  AGENCY_LOCKS,
  NEWS_CHANNEL,
  MAX_KNOWN_ASKS,
  MAX_NOTES,
  MAX_NOTES_BYTES,
  MAX_NOTE_NUMBER,
  MAX_NOTE_BYTES_READ,
};
