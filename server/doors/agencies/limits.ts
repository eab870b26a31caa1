/** The bounds of an agency's conversation that are not settings. */

/** WINs that one connection waits for, for one agency: a FIN beyond these adds none. */
export const MAX_WAITING_WINS = 16;
