/** What any request must keep, before its path decides what it is. */
import type { IncomingMessage } from 'node:http';

import { isRequestId, REQUEST_ID_RULE } from '../../../ledger/audit_line';
import type { AllowedMethods } from './allowed_methods';
import { MAX_PATH_BYTES } from '../limits';
import { Refusal } from '../refusals/problem';
import type { HttpSurroundings } from '../context';
import type { Visit } from './visits';

/** The header with the id of a request. */
export const REQUEST_ID_HEADER = 'request-id';

/** The id that a client gave its request; `undefined` for none, or one that is no id. */
export function requestIdOf({ headers }: IncomingMessage): string | undefined {
  // A header that comes twice is both values joined with a comma, which no id has.
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && isRequestId(id) ? id : undefined;
}

/** @throws Refusal for a request that cannot be taken, wherever it goes */
export function requireSoundRequest(door: HttpSurroundings, visit: Visit): void {
  const { request } = visit;
  if (door.isStopping) throw new Refusal('unavailable', 'the server is stopping');
  const { maxOpenRequests, maxOpenRequestsOfConnection } = door.limits;
  const isOver =
    door.visits.count > maxOpenRequests || door.visits.countOf(request.socket) > maxOpenRequestsOfConnection;
  if (isOver) throw new Refusal('unavailable', 'too many requests wait for their answers: try again later');
  if (visit.path.length > MAX_PATH_BYTES) {
    throw new Refusal('uri-too-long', `a path is at most ${MAX_PATH_BYTES} bytes`);
  }
  if (request.headers.host === undefined && request.httpVersion === '1.1') {
    throw new Refusal('bad-request', 'the Host is missing');
  }
  if (request.headers[REQUEST_ID_HEADER] !== undefined && visit.requestId === undefined) {
    throw new Refusal('bad-request', `Request-Id is one text of ${REQUEST_ID_RULE}`);
  }
}

/** The refusal of a path that does not exist, or that has other methods. */
export function nothingThere(allowed: AllowedMethods, visit: Visit): Refusal {
  const methods = allowed.of(visit.path);
  if (methods.length === 0) return new Refusal('not-found', 'there is no such path');
  const allow = methods.join(', ');
  return new Refusal('method-not-allowed', `the methods here are ${allow}`, { headers: { allow } });
}
