/** The bounds of the HTTP door that are not settings. */

/** The longest path. A request with a longer one is refused, without a line in the audit log. */
export const MAX_PATH_BYTES = 256;
/** The bad bets that one refusal lists; the others are only counted. */
export const MAX_LISTED_BETS = 100;
/** The agencies in one page of the list. */
export const MAX_LISTED_AGENCIES = 1_000;
/** Requests for such a page that wait for their turn. */
export const MAX_WAITING_LISTS = 64;
/** The longest that a request may ask to wait for the draw. */
export const MAX_WAIT_S = 300;
/** How long a request waits for a running draw, in addition to the time that it asked for. */
export const DRAW_TIMEOUT_MS = 30_000;
/** The `Retry-After` of a request that was refused as `unavailable`. */
export const RETRY_AFTER_S = 1;
/** How much longer than twice the longest payload a body may be: JSON repeats the member names in each bet. */
export const BODY_EXTRA_BYTES = 1024 * 1024;
/** The most that one agency needs in an answer that lists agencies. */
export const LISTED_AGENCY_BYTES = 160;

/** The notes in one page of a list, and how many there are in it unless the request says so. */
export const MAX_LISTED_NOTES = 1_000;
export const LISTED_NOTES = 100;
/** The most that one note needs in an answer that lists notes. */
export const LISTED_NOTE_BYTES = 320;
/** Requests for a note that wait for memory. */
export const MAX_WAITING_READS = 1_000;

/** What answers may hold whatever others hold: an answer of this size is always sent. */
export const SMALL_ANSWER_BYTES = 4 * 1024;
/** How long a client may leave answers unread while all together are too many. */
export const UNREAD_AFTER_MS = 2_000;

/** The bounds that tests set lower. */
export interface HttpLimits {
  readonly maxConnections: number;
  /** Requests without a complete answer: on all connections together, and on one. */
  readonly maxOpenRequests: number;
  readonly maxOpenRequestsOfConnection: number;
  /** Requests that wait for the draw. */
  readonly maxWaitingRequests: number;
  /** Memory of the bodies that are being read, and of the answers not yet taken, on all connections together. */
  readonly maxBodiesBytes: number;
  readonly maxAnswersBytes: number;
  readonly maxHeaderBytes: number;
  /** How long the headers of a request, and the whole request, may take to arrive. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a request waits for room in the storage. */
  readonly storageTimeoutMs: number;
  /** How long a connection may be open without a request. */
  readonly keepAliveTimeoutMs: number;
  /** How long a client may take to read an answer. */
  readonly answerTimeoutMs: number;
  /** How long, and how much of, a refused body is still read, so that the refusal can arrive. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
  /** How often timeouts are checked. */
  readonly tickMs: number;
  /** How long a stopping door waits until its answers are sent and read. */
  readonly closeTimeoutMs: number;
}

/** The bounds in production. */
export const HTTP_LIMITS: HttpLimits = {
  maxConnections: 1_000,
  maxOpenRequests: 4_096,
  maxOpenRequestsOfConnection: 64,
  maxWaitingRequests: 1_000,
  maxBodiesBytes: 64 * 1024 * 1024,
  maxAnswersBytes: 64 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  storageTimeoutMs: 5_000,
  keepAliveTimeoutMs: 30_000,
  answerTimeoutMs: 120_000,
  lingerMs: 2_000,
  lingerBytes: 128 * 1024 * 1024,
  tickMs: 1_000,
  closeTimeoutMs: 400,
};
