/** The bounds of a session that are not settings. */

/** No more than this is written ahead of what the network takes. */
export const MAX_UNSENT_BYTES = 1024 * 1024;
/** A reply that is due and has not come for so long means that the connection is dead. */
export const REPLY_TIMEOUT_MS = 30_000;
/** While the draw is awaited, the server is asked from time to time whether it is still there. */
export const WAITING_ASK_MS = 15_000;
/** How often the predecessor's batches may be found where this agency's first was to go. */
export const MAX_RESTARTS = 100;
