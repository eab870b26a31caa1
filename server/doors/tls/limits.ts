/** The bounds of TLS handshakes that are not settings. */

/** How long a handshake may take. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes under way at one door: at more, the oldest is given up. One takes some milliseconds. */
export const MAX_HANDSHAKES = 1_000;
