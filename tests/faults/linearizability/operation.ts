/** Operations on the lottery, as their clients have seen them, through whichever door. */
import {
  agencyUri,
  AGENCIES_URI,
  batchUri,
  DRAW_URI,
  finishUri,
  notesUri,
  noteUri,
  winnersUri,
} from '../../../server/ledger/audit_line';
import type { AuditAction } from '../../../server/ledger/operation';
import type { ErrorCode } from '../../../protocol/error_codes';

/** What was asked for. */
export type Request =
  | {
      readonly kind: 'put-batch';
      readonly agency: number;
      readonly batchId: number;
      /** The bets as the wire has them, joined with `;`. */
      readonly text: string;
    }
  | { readonly kind: 'get-batch'; readonly agency: number; readonly batchId: number }
  | { readonly kind: 'finish' | 'get-agency' | 'get-winners'; readonly agency: number }
  | { readonly kind: 'get-agencies'; readonly after: number; readonly limit: number }
  | { readonly kind: 'get-draw' }
  | NoteRequest
  | Refused;

/** What was asked for about notes. */
export type NoteRequest =
  | {
      readonly kind: 'put-note';
      readonly owner: number;
      readonly name: string;
      readonly value: string;
      readonly condition: 'absent' | 'present' | undefined;
    }
  | { readonly kind: 'count-note'; readonly owner: number; readonly name: string }
  | { readonly kind: 'get-note'; readonly owner: number; readonly name: string }
  | { readonly kind: 'delete-note'; readonly owner: number; readonly name: string }
  | { readonly kind: 'list-notes'; readonly owner: number }
  | {
      readonly kind: 'post-notes';
      readonly owner: number;
      /** By name. */
      readonly values: Readonly<Record<string, string>>;
    };

/** Something that is refused whatever stands in the ledger, and as what. */
export interface Refused {
  readonly kind: 'refused';
  readonly operation: AuditAction;
  readonly uri: string;
  readonly status: number;
  readonly code: ErrorCode | 'bad-request' | 'not-found' | 'not-acceptable' | 'unsupported-media-type';
}

/** What a client has seen of an answer: each member must be as the model has it. */
export type Answer = Readonly<Record<string, unknown>>;

/** An operation. */
export interface Operation {
  readonly request: Request;
  /** `0` over TCP, where an operation has none; unique over HTTP. */
  readonly requestId: string;
  /** When it was sent, by the clock of the test. */
  readonly startMs: number;
  /** When its answer was there; without one, infinity. */
  endMs: number;
  /** `unavailable`: it was answered so, and must have left nothing. `undefined`: none came; it may have been done. */
  answer: Answer | 'unavailable' | undefined;
}

/** What the audit log calls it. */
export function uriOf(request: Request): string {
  switch (request.kind) {
    case 'put-batch':
    case 'get-batch':
      return batchUri(request.agency, request.batchId);
    case 'finish':
      return finishUri(request.agency);
    case 'get-agency':
      return agencyUri(request.agency);
    case 'get-winners':
      return winnersUri(request.agency);
    case 'get-agencies':
      return AGENCIES_URI;
    case 'get-draw':
      return DRAW_URI;
    case 'put-note':
    case 'get-note':
    case 'delete-note':
    case 'count-note':
      return noteUri(request.owner, request.name);
    case 'list-notes':
    case 'post-notes':
      return notesUri(request.owner);
    case 'refused':
      return request.uri;
  }
}
