/** The bounds of the HTTP door that are no settings. */

/** A request's path: beyond it, the request is refused and has no line in the audit log. */
export const MAX_PATH_BYTES = 256;
/** Bad bets that one refusal names; the others are counted. */
export const MAX_LISTED_BETS = 100;
/** Agencies in one page of the list. */
export const MAX_LISTED_AGENCIES = 1_000;
/** How long a request may wait for the draw. */
export const MAX_WAIT_S = 300;
/** How long a draw that is being held is waited for, beyond the time that a request gave. */
export const DRAW_TIMEOUT_MS = 30_000;
/** When a client is asked to come back that found no room. */
export const RETRY_AFTER_S = 1;
/** What a body may hold beside twice the longest payload: the names of the members of each bet in JSON. */
export const BODY_EXTRA_BYTES = 1024 * 1024;
/** What an agency takes in an answer that lists agencies. */
export const LISTED_AGENCY_BYTES = 160;

/** Bounds that tests set lower. */
export interface HttpLimits {
  readonly maxConnections: number;
  /** Requests that are not answered whole, all connections together, and of one connection. */
  readonly maxOpenRequests: number;
  readonly maxOpenRequestsOfConnection: number;
  /** Requests that wait for the draw. */
  readonly maxWaitingRequests: number;
  /** Memory of the bodies that are being read, and of the answers that are not taken, all connections together. */
  readonly maxBodiesBytes: number;
  readonly maxAnswersBytes: number;
  readonly maxHeaderBytes: number;
  /** How long the headers of a request, and the whole request, may take to arrive. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long a connection may stay without a request. */
  readonly keepAliveTimeoutMs: number;
  /** How long an answer may take to be taken. */
  readonly answerTimeoutMs: number;
  /** How long, and how much, a body is still read after its refusal, so that the refusal can arrive. */
  readonly lingerMs: number;
  readonly lingerBytes: number;
  /** How often timeouts are looked after. */
  readonly tickMs: number;
  /** How long a stopping door waits for answers to be given and taken. */
  readonly closeTimeoutMs: number;
}

/** The bounds of a door that serves. */
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
  keepAliveTimeoutMs: 30_000,
  answerTimeoutMs: 120_000,
  lingerMs: 2_000,
  lingerBytes: 128 * 1024 * 1024,
  tickMs: 1_000,
  closeTimeoutMs: 400,
};
