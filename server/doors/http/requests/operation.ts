/** What a request is for the audit log: an operation on one of the lottery's resources, or none. */
import type { IncomingMessage } from 'node:http';

import { AGENCIES_URI, DRAW_URI } from '../../../ledger/audit_line';
import type { AuditAction } from '../../../ledger/operation';

/** The scheme and host that a request target may have before its path (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;
/** What the audit log cannot hold as it is: a comma, which separates its fields, and all but printable ASCII. */
const NOT_IN_LOG = /[^\x21-\x7e]|,/g;

/** The first two fields of a line in the audit log. */
export interface AuditedOperation {
  readonly name: AuditAction;
  readonly uri: string;
}

/** The path of a request as it was sent, without the query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const target = url.replace(ORIGIN, '');
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/**
 * What the audit log calls a request.
 *
 * @param path as it was sent, without the query
 * @returns `undefined` for a request that is no operation on the lottery
 */
export function auditedOperation(method: string | undefined, path: string): AuditedOperation | undefined {
  const name = operationOf(method);
  if (name === undefined || !isResource(decodedPath(path))) return undefined;
  return { name, uri: path.replace(NOT_IN_LOG, percentEncoded) };
}

/** The path with its percent encodings decoded; as it is where they are not valid. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** HEAD is GET without the answer's body. */
function operationOf(method: string | undefined): AuditAction | undefined {
  if (method === 'PUT') return 'PUT';
  return method === 'GET' || method === 'HEAD' ? 'GET' : undefined;
}

function isResource(path: string): boolean {
  return path === DRAW_URI || path === AGENCIES_URI || path.startsWith(`${AGENCIES_URI}/`);
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
