/** Every width and bound of the wire, in bytes or decimal digits (PROTOCOL.md, "Limits"). */

/** A header from an agency: BET, FIN, ASK, CHK or RCP. */
export const REQUEST_HEADER_BYTES = 23;
/** A header from the server: ACK, WIN, HAS, CRC, RCP or ERR. */
export const REPLY_HEADER_BYTES = 12;

/** PAYLOAD_SIZE, in both directions. */
export const PAYLOAD_SIZE_DIGITS = 8;
/** BATCH_SIZE of a BET. */
export const BATCH_SIZE_DIGITS = 4;
/** BATCH_ID of a BET, a CHK or an RCP. */
export const BATCH_ID_DIGITS = 8;
/** AGENCY of a FIN or an ASK. */
export const AGENCY_WIDTH = 20;

/** The largest payload that PAYLOAD_SIZE can state. A server may set a lower limit of its own. */
export const MAX_PAYLOAD_BYTES = 99_999_999;
/** The most bets in one batch. */
export const MAX_BATCH_SIZE = 9_999;
/** The last batch id of an agency. */
export const MAX_BATCH_ID = 99_999_999;
/** The last bet id of an agency. */
export const MAX_BET_ID = Number.MAX_SAFE_INTEGER;

/** An ECHO line, its line feed included. */
export const MAX_ECHO_BYTES = 1_024;
/** The payload of an ACK, a HAS, a CRC or an ERR: short texts, so that a client can bound what it keeps. */
export const MAX_SHORT_REPLY_BYTES = 1_024;
/** The payload of an RCP of the server. */
export const MAX_RECEIPT_BYTES = 8_192;

/** A first or a last name, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 128;
/** A document, in decimal digits. */
export const MAX_DOCUMENT_DIGITS = 20;
/** The number that was bet on, in decimal digits: 0 to 9999. */
export const MAX_NUMBER_DIGITS = 4;
/** The highest number that can be bet on. */
export const MAX_NUMBER = 9_999;
/** The earliest year of birth. */
export const MIN_BIRTH_YEAR = 1_900;
