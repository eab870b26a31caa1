/** Parses lines of the audit log, as server/ledger/audit_line.ts writes them. */
import { AGENCIES_URI, ANY_URI, DRAW_URI, isRequestId, NOTES_URI } from '../../server/ledger/audit_line';
import { isNoteName, LOTTERY_OWNER } from '../../server/ledger/note';
import type { AuditAction } from '../../server/ledger/operation';

/** What an operation is about. `other` is a path that names nothing of the lottery; `refusals` are several of any. */
export type Resource =
  | { readonly kind: 'refusals'; readonly count: number }
  | { readonly kind: 'agencies' | 'draw' | 'other' }
  | { readonly kind: 'agency' | 'finish' | 'winners'; readonly agency: number }
  | { readonly kind: 'batch'; readonly agency: number; readonly batchId: number }
  | { readonly kind: 'notes'; readonly owner: number }
  | { readonly kind: 'note'; readonly owner: number; readonly name: string };

/** A line. */
export interface AuditEntry {
  readonly operation: AuditAction;
  readonly uri: string;
  readonly resource: Resource;
  readonly status: number;
  readonly requestId: string;
}

/** Printable ASCII; a comma ends the field. */
const URI = /^\/[\x21-\x7e]*$/;
const STATUS = /^[1-5][0-9]{2}$/;
const COUNT = /^[1-9][0-9]{0,15}$/;
/** Numbers in their plainest form, as the server writes them. */
const BATCH = new RegExp(`^${AGENCIES_URI}/(0|[1-9][0-9]{0,15})/batches/(0|[1-9][0-9]{0,15})$`);
const AGENCY = new RegExp(`^${AGENCIES_URI}/(0|[1-9][0-9]{0,15})(?:/(finish|winners))?$`);

/** The notes of an agency or of the lottery, or one of them. */
const NOTES = new RegExp(`^(?:${AGENCIES_URI}/(0|[1-9][0-9]{0,15}))?${NOTES_URI}(?:/([^/]+))?$`);
const ACTIONS: ReadonlySet<string> = new Set(['PUT', 'GET', 'DELETE'] satisfies AuditAction[]);

/** Parses a line without its line feed. @returns undefined when it does not have the form of a line */
export function readEntry(line: string): AuditEntry | undefined {
  const [operation, uri = '', status = '', requestId = '', ...more] = line.split(',');
  if (operation === 'REFUSED') return readRefusals(uri, status, requestId, more);
  if (!isAction(operation)) return undefined;
  if (!URI.test(uri) || !STATUS.test(status) || !isRequestId(requestId) || more.length > 0) return undefined;
  return { operation, uri, resource: resourceOf(uri), status: Number(status), requestId };
}

function isAction(word: string | undefined): word is Exclude<AuditAction, 'REFUSED'> {
  return word !== undefined && ACTIONS.has(word);
}

/** The line of refusals that were counted: their number stands in place of an id. */
function readRefusals(
  uri: string,
  status: string,
  count: string,
  more: readonly string[],
): AuditEntry | undefined {
  if (uri !== ANY_URI || !STATUS.test(status) || !COUNT.test(count) || more.length > 0) return undefined;
  return {
    operation: 'REFUSED',
    uri,
    resource: { kind: 'refusals', count: Number(count) },
    status: Number(status),
    requestId: count,
  };
}

function resourceOf(uri: string): Resource {
  if (uri === AGENCIES_URI) return { kind: 'agencies' };
  if (uri === DRAW_URI) return { kind: 'draw' };
  const batch = BATCH.exec(uri);
  if (batch !== null) return { kind: 'batch', agency: Number(batch[1]), batchId: Number(batch[2]) };
  const agency = AGENCY.exec(uri);
  if (agency !== null) return { kind: kindOf(agency[2]), agency: Number(agency[1]) };
  return noteOf(uri) ?? { kind: 'other' };
}

function noteOf(uri: string): Resource | undefined {
  const found = NOTES.exec(uri);
  if (found === null) return undefined;
  const [, agency, name] = found;
  // No agency has the lottery's place.
  if (Number(agency) === LOTTERY_OWNER) return undefined;
  const owner = agency === undefined ? LOTTERY_OWNER : Number(agency);
  if (name === undefined) return { kind: 'notes', owner };
  return isNoteName(name) ? { kind: 'note', owner, name } : undefined;
}

function kindOf(part: string | undefined): 'agency' | 'finish' | 'winners' {
  return part === 'finish' || part === 'winners' ? part : 'agency';
}
