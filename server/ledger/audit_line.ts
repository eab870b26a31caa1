/**
 * The lines of the audit log: `OPERATION,URI,STATUS,REQUEST_ID`, one for each answered operation of every door, in
 * the order in which a server would have carried them out that does one thing at a time (docs/AUDIT.md).
 *
 * A line never holds a name, a document or a bet.
 */
import type { ErrorCode } from '../../protocol/error_codes';
import { LOTTERY_OWNER } from './note';
import type { AuditAction } from './operation';

/** The id of a request whose client gave it none. */
export const NO_REQUEST_ID = '0';

const REQUEST_ID = /^[A-Za-z0-9._~:-]{1,64}$/;
/** What an id of a request may be, in words. */
export const REQUEST_ID_RULE = '1 to 64 letters, digits and . _ ~ : -';

/** The list of the agencies. */
export const AGENCIES_URI = '/agencies';
/** The draw. Its line has no client: it stands where the sale was closed, and the draw counts what is above it. */
export const DRAW_URI = '/draw';
/** The notes of the lottery. */
export const NOTES_URI = '/notes';
/** Stands for an agency that a refused message does not name. */
export const NO_AGENCY = '-';

/** Stands for whatever was asked for by those whose refusals are counted. */
export const ANY_URI = '*';

/** The statuses of HTTP that the errors of every door have in the audit log. */
export const STATUS_OF_ERROR = {
  'bad-header': 400,
  'too-large': 413,
  'bad-batch': 422,
  'batch-conflict': 409,
  'unknown-agency': 404,
  forbidden: 403,
  closed: 410,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

/** Whether a text can stand as the id of a request. */
export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text);
}

/** One line, without its line feed. @param uri has no comma */
export function auditLine(action: AuditAction, uri: string, status: number, requestId: string): string {
  return `${action},${uri},${status},${requestId}`;
}

/** An agency's sums. */
export function agencyUri(agency: number): string {
  return `${AGENCIES_URI}/${agency}`;
}

/** A batch. @param agency {@link NO_AGENCY} when it cannot be told */
export function batchUri(agency: number | typeof NO_AGENCY, batchId: number): string {
  return `${AGENCIES_URI}/${agency}/batches/${batchId}`;
}

/** The end of an agency's sale. */
export function finishUri(agency: number): string {
  return `${agencyUri(agency)}/finish`;
}

/** An agency's winners. */
export function winnersUri(agency: number): string {
  return `${agencyUri(agency)}/winners`;
}

/** The notes of an agency, or of the lottery (note.ts). */
export function notesUri(owner: number): string {
  return owner === LOTTERY_OWNER ? NOTES_URI : `${agencyUri(owner)}${NOTES_URI}`;
}

/** A note. */
export function noteUri(owner: number, name: string): string {
  return `${notesUri(owner)}/${name}`;
}
