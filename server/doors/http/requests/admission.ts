/** What the door requires of any request, before it looks for the route. */
import { REQUEST_ID_RULE } from '../../../ledger/audit_line';
import type { HttpContext } from '../context';
import { MAX_PATH_BYTES } from '../limits';
import { methodNotImplemented, Refusal, versionNotSupported } from '../refusals/problem';
import type { AllowedMethods } from './allowed_methods';
import { requireAuthority } from './authority';
import type { Exchange } from './exchange';
import { REQUEST_ID_HEADER } from './request_id';

/** The methods of RFC 9110, 9.1, and RFC 5789: what has another is refused whatever its path. */
const METHODS: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'],
]);

/**
 * Admits a request, whatever its path.
 *
 * @throws Refusal `unavailable` when the door stops or has too many open requests; `version-not-supported`;
 *   `not-implemented`; `uri-too-long`; `bad-request` for a request that does not say once whom it is addressed to, or
 *   with an id that is not valid; `forbidden` for one that is not of this machine, where only such are answered
 */
export function admit({ request, path, requestId }: Exchange, context: HttpContext): void {
  if (context.isStopping) throw new Refusal('unavailable', 'the server is stopping');
  const { exchanges, limits } = context;
  const hasTooMany = exchanges.countOf(request.socket) > limits.maxOpenRequestsOfConnection;
  if (hasTooMany || exchanges.count > limits.maxOpenRequests) {
    const headers = hasTooMany ? { connection: 'close' } : {};
    throw new Refusal('unavailable', 'too many requests wait for their answers: try again later', {
      headers,
    });
  }
  if (request.httpVersionMajor !== 1) throw versionNotSupported();
  if (!METHODS.has(request.method ?? '')) throw methodNotImplemented();
  const coding = request.headers['transfer-encoding']?.toLowerCase() ?? 'chunked';
  // What is within another coding would be taken for the body (RFC 9112, 6.1).
  if (coding !== 'chunked') throw new Refusal('not-implemented', 'the only Transfer-Encoding is chunked');
  if (path.length > MAX_PATH_BYTES) {
    throw new Refusal('uri-too-long', `a path is at most ${MAX_PATH_BYTES} bytes`);
  }
  requireAuthority(request);
  if (request.headers[REQUEST_ID_HEADER] !== undefined && requestId === undefined) {
    throw new Refusal('bad-request', `Request-Id is one text of ${REQUEST_ID_RULE}`);
  }
  context.access.requireNear(request);
}

/** The refusal of a request that no route takes: `not-found`, or `method-not-allowed` if its path has other methods. */
export function noRoute(allowed: AllowedMethods, { path }: Exchange): Refusal {
  const methods = allowed.of(path);
  if (methods.length === 0) return new Refusal('not-found', 'there is no such path');
  const allow = methods.join(', ');
  return new Refusal('method-not-allowed', `the methods here are ${allow}`, { headers: { allow } });
}
