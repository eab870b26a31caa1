import type { IncomingMessage } from 'node:http';

import { isRequestId } from '../../../ledger/audit_line';

/** The header with the id of a request. */
export const REQUEST_ID_HEADER = 'request-id';

/** The id that a client gave its request; `undefined` for none, or for one that is not valid. */
export function requestIdOf({ headers }: IncomingMessage): string | undefined {
  // Node joins a repeated header with commas, which no id has.
  const id = headers[REQUEST_ID_HEADER];
  return typeof id === 'string' && isRequestId(id) ? id : undefined;
}
