/** What the door requires of any request, before it looks for the route. */
import { REQUEST_ID_RULE } from '../../../ledger/audit_line';
import type { HttpContext } from '../context';
import { MAX_PATH_BYTES } from '../limits';
import { Refusal } from '../refusals/problem';
import type { AllowedMethods } from './allowed_methods';
import type { Exchange } from './exchange';
import { REQUEST_ID_HEADER } from './request_id';

/**
 * Admits a request, whatever its path.
 *
 * @throws Refusal `unavailable` when the door stops or has too many open requests; `uri-too-long`; `bad-request` for a
 *   request without Host (RFC 9112, 3.2) or with an id that is not valid
 */
export function admit({ request, path, requestId }: Exchange, context: HttpContext): void {
  if (context.isStopping) throw new Refusal('unavailable', 'the server is stopping');
  const { exchanges, limits } = context;
  const hasTooMany =
    exchanges.count > limits.maxOpenRequests ||
    exchanges.countOf(request.socket) > limits.maxOpenRequestsOfConnection;
  if (hasTooMany) {
    throw new Refusal('unavailable', 'too many requests wait for their answers: try again later');
  }
  if (path.length > MAX_PATH_BYTES) {
    throw new Refusal('uri-too-long', `a path is at most ${MAX_PATH_BYTES} bytes`);
  }
  if (request.headers.host === undefined && request.httpVersion === '1.1') {
    throw new Refusal('bad-request', 'the Host is missing');
  }
  if (request.headers[REQUEST_ID_HEADER] !== undefined && requestId === undefined) {
    throw new Refusal('bad-request', `Request-Id is one text of ${REQUEST_ID_RULE}`);
  }
}

/** The refusal of a request that no route takes: `not-found`, or `method-not-allowed` if its path has other methods. */
export function noRoute(allowed: AllowedMethods, { path }: Exchange): Refusal {
  const methods = allowed.of(path);
  if (methods.length === 0) return new Refusal('not-found', 'there is no such path');
  const allow = methods.join(', ');
  return new Refusal('method-not-allowed', `the methods here are ${allow}`, { headers: { allow } });
}
