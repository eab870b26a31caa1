/** What a request is for the audit log: an operation on one of the lottery's resources, or none. */
import type { IncomingMessage } from 'node:http';

import { AGENCIES_URI, DRAW_URI, NOTES_URI } from '../../../ledger/audit_line';
import { isNoteName } from '../../../ledger/note';
import type { AuditAction } from '../../../ledger/operation';

/** The scheme and host that a request target may have before its path (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]*/i;
/** What the audit log cannot hold as it is: a comma, which separates its fields, and all but printable ASCII. */
const NOT_IN_LOG = /[^\x21-\x7e]|,/g;

/** HEAD is GET without the answer's body; whatever else changes something is PUT. */
const ACTIONS: ReadonlyMap<string, AuditAction> = new Map([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['PUT', 'PUT'],
  ['POST', 'PUT'],
  ['DELETE', 'DELETE'],
]);
/** The path of notes, of one note, or of what a POST does to one; its parts are decoded. */
const NOTES_PATH = /^((?:\/agencies\/[1-9][0-9]{0,14})?\/notes)(?:\/([^/]+)(\/increment)?)?$/;

/** The first two fields of a line in the audit log. */
export interface AuditedOperation {
  readonly name: AuditAction;
  readonly uri: string;
}

/** The path of a request as it was sent, without the query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const target = url.startsWith('/') ? url : url.replace(ORIGIN, '');
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
  const name = ACTIONS.get(method ?? '');
  if (name === undefined || !isResource(decodedPath(path))) return undefined;
  return { name, uri: notesUriIn(path, method) ?? path.replace(NOT_IN_LOG, percentEncoded) };
}

/** The path with its percent encodings decoded; as it is where they are not valid. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isResource(path: string): boolean {
  if (path === DRAW_URI) return true;
  return [AGENCIES_URI, NOTES_URI].some((uri) => path === uri || path.startsWith(`${uri}/`));
}

/**
 * What the ledger calls the notes, or the note, of a path, however its name is encoded: the lines of a note that the door
 * writes are with those that the ledger writes. `undefined` for any other path.
 */
function notesUriIn(path: string, method: string | undefined): string | undefined {
  const parts = path.split('/').map(decodedPath);
  if (parts.some((part) => part.includes('/'))) return undefined;
  const [, notes, name, increment] = NOTES_PATH.exec(parts.join('/')) ?? [];
  if (notes === undefined || name === undefined) return notes;
  if (!isNoteName(name) || (increment !== undefined && method !== 'POST')) return undefined;
  return `${notes}/${name}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
