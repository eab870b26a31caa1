/** The bounds of the memcached door that are not settings. */

/** The longest line of a command that asks for keys, and that of any other, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;
export const MAX_SHORT_LINE_BYTES = 2 * 1024;
/** How many keys one command asks for at most. */
export const MAX_KEYS = 1_000;
/** How many commands read values at once, all connections together: each holds those that it has read. */
export const MAX_READS_AT_ONCE = 8;
/** How many wait for their turn to read. */
export const MAX_WAITING_READS = 20_000;
/** How many keys of one command are read at once. */
export const KEYS_AT_ONCE = 4;
/** How often a value that other servers change meanwhile is changed again, before the peer is told to try later. */
export const MAX_TRIES = 32;
