/** The bounds of a connection over a byte stream, and of its door, that are not settings. */

/** Messages of one connection that wait for their replies: at this many, the connection is read no further. */
export const MAX_UNANSWERED_MESSAGES = 256;
/** Messages of one connection that are answered in one turn of the event loop: then it is the others' turn. */
export const MAX_MESSAGES_PER_TURN = 256;
/** Bytes of replies that a peer has not taken: above this, its connection is read no further. */
export const MAX_UNSENT_BYTES = 256 * 1024;
/**
 * Replies that peers have not taken, all connections together, with what has come from those peers and is not read. Over it,
 * who holds more than a small share is read no further, and dropped once it has taken nothing for so long.
 */
export const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;
export const SMALL_SHARE_BYTES = 4 * 1024;
export const DEAF_AFTER_MS = 2_000;
/** What the socket of a connection that is not read takes in, besides the piece that is under way. */
export const SOCKET_BUFFER_BYTES = 16 * 1024;
/** What the socket is given at a time. */
export const SLICE_BYTES = 256 * 1024;
/** Memory for messages of which only a part has come, all connections together. */
export const MAX_PARTIAL_BYTES = 64 * 1024 * 1024;
/** How long, and how much, a connection is still read after its last reply, so that the reply can arrive. */
export const LINGER_MS = 2_000;
export const LINGER_BYTES = 128 * 1024 * 1024;
/** How long a connection stays open for another message once its peer has taken all that it was owed. */
export const SERVED_MS = 1_000;
/** How often timeouts are checked. */
export const TICK_MS = 250;
/** How long a stopping door waits for replies to be taken. */
export const CLOSE_TIMEOUT_MS = 500;
/** How long a silent peer is trusted before the kernel asks whether it is still there. */
export const KEEP_ALIVE_MS = 30_000;
