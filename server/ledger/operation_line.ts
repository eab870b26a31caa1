/**
 * What each answered operation leaves in the audit log (docs/AUDIT.md), and the status that it has there and over
 * HTTP. The only place that knows it.
 */
import {
  AGENCIES_URI,
  agencyUri,
  auditLine,
  batchUri,
  DRAW_URI,
  finishUri,
  NO_REQUEST_ID,
  notesUri,
  noteUri,
  STATUS_OF_ERROR,
  winnersUri,
} from './audit_line';
import type { CountNoteAnswer, DeleteNoteOutcome, PutNotesAnswer } from './note';
import type { Answers, AuditAction, ByKind, OperationKind, OperationOf, PlaceOutcome } from './operation';
import type { DrawState } from './draw';

/** The statuses that a batch can have. */
export const STATUS_OF_OUTCOME = {
  stored: 201,
  'already-stored': 200,
  conflict: STATUS_OF_ERROR['batch-conflict'],
  closed: STATUS_OF_ERROR.closed,
} as const satisfies Record<PlaceOutcome, number>;

/** The statuses that asking for winners has. While the draw is due it is not answered. */
export const STATUS_OF_WINNERS = {
  awaited: 409,
  drawn: 200,
  'called-off': STATUS_OF_ERROR.closed,
} as const satisfies Record<Exclude<DrawState, 'due'>, number>;

/** The statuses that writing a note can have, apart from 200 for one that was there before. */
export const STATUS_OF_PUT_NOTES = {
  stored: 201,
  'not-met': 412,
  full: 507,
} as const satisfies Record<PutNotesAnswer['outcome'], number>;

/** The statuses that removing a note has. */
export const STATUS_OF_DELETE_NOTE = {
  deleted: 200,
  missing: 404,
  'not-met': 412,
} as const satisfies Record<DeleteNoteOutcome, number>;

/** The statuses that counting a note can have, apart from 200 for one that was there before. */
export const STATUS_OF_COUNT_NOTE = {
  stored: 201,
  missing: 404,
  'no-number': 409,
  full: 507,
} as const satisfies Record<CountNoteAnswer['outcome'], number>;

const STATUSES: ByKind<number | undefined> = {
  place: (_, { outcome }) => STATUS_OF_OUTCOME[outcome],
  finish: () => 200,
  standing: () => 200,
  standings: () => 200,
  'batch-text': (_, text) => (text === undefined ? 404 : 200),
  'batch-checks': () => undefined,
  'draw-state': ({ winnersOf }, state) => {
    if (state === 'due') return undefined;
    return winnersOf === undefined ? 200 : STATUS_OF_WINNERS[state];
  },
  refused: ({ status }) => status,
  'close-sale': (_, { outcome }) => (outcome === 'closed' ? 201 : undefined),
  'record-draw': () => undefined,
  'put-notes': (_, answer) => {
    const isNew = answer.outcome === 'stored' && answer.areNew.includes(true);
    return answer.outcome !== 'stored' || isNew ? STATUS_OF_PUT_NOTES[answer.outcome] : 200;
  },
  'get-note': (_, note) => (note === undefined ? 404 : 200),
  'delete-note': (_, outcome) => STATUS_OF_DELETE_NOTE[outcome],
  'list-notes': () => 200,
  'count-note': (_, answer) =>
    answer.outcome === 'stored' && !answer.isNew ? 200 : STATUS_OF_COUNT_NOTE[answer.outcome],
};

/** What an operation does to which resource. */
interface Subject {
  readonly action: AuditAction;
  readonly uri: string;
}

const SUBJECTS: { readonly [K in OperationKind]: (operation: OperationOf<K>) => Subject } = {
  place: ({ batch }) => ({ action: 'PUT', uri: batchUri(batch.agency, batch.batchId) }),
  finish: ({ agency }) => ({ action: 'PUT', uri: finishUri(agency) }),
  standing: ({ agency }) => ({ action: 'GET', uri: agencyUri(agency) }),
  standings: () => ({ action: 'GET', uri: AGENCIES_URI }),
  'batch-text': ({ agency, batchId }) => ({ action: 'GET', uri: batchUri(agency, batchId) }),
  'batch-checks': ({ agency }) => ({ action: 'GET', uri: agencyUri(agency) }),
  'draw-state': ({ winnersOf }) => ({
    action: 'GET',
    uri: winnersOf === undefined ? DRAW_URI : winnersUri(winnersOf),
  }),
  refused: ({ action, uri }) => ({ action, uri }),
  // Its line has no client: it stands where the sale was closed, and the draw counts what is above it.
  'close-sale': () => ({ action: 'PUT', uri: DRAW_URI }),
  'record-draw': () => ({ action: 'PUT', uri: DRAW_URI }),
  // Each of several has a line of its own (linesOf).
  'put-notes': ({ owner, notes }) => ({ action: 'PUT', uri: noteUri(owner, notes[0]!.name) }),
  'get-note': ({ owner, name }) => ({ action: 'GET', uri: noteUri(owner, name) }),
  'delete-note': ({ owner, name }) => ({ action: 'DELETE', uri: noteUri(owner, name) }),
  'list-notes': ({ owner }) => ({ action: 'GET', uri: notesUri(owner) }),
  'count-note': ({ owner, name }) => ({ action: 'PUT', uri: noteUri(owner, name) }),
};

/**
 * The status of an answered operation, in the audit log and over HTTP; `undefined` for an answer that no client is
 * given.
 */
export function statusOf<K extends OperationKind>(
  operation: OperationOf<K>,
  answer: Answers[K],
): number | undefined {
  return STATUSES[operation.kind](operation, answer);
}

function isCounted(operation: object, status: number): boolean {
  return status >= 400 && 'isRefusalCounted' in operation && operation.isRefusalCounted === true;
}

/** The lines of an answered operation in the audit log, each with its line feed; empty where it leaves none. */
export function linesOf<K extends OperationKind>(operation: OperationOf<K>, answer: Answers[K]): string {
  if (isOfNotes(operation)) return linesOfNotes(operation, answer as PutNotesAnswer);
  return lineOf(operation, answer);
}

function lineOf<K extends OperationKind>(operation: OperationOf<K>, answer: Answers[K]): string {
  const status = statusOf(operation, answer);
  if (status === undefined || isCounted(operation, status)) return '';
  const { action, uri } = SUBJECTS[operation.kind](operation);
  return auditLine(action, uri, status, operation.requestId ?? NO_REQUEST_ID) + '\n';
}

function isOfNotes(operation: { readonly kind: OperationKind }): operation is OperationOf<'put-notes'> {
  return operation.kind === 'put-notes';
}

function linesOfNotes(operation: OperationOf<'put-notes'>, answer: PutNotesAnswer): string {
  let lines = '';
  for (const [index, note] of operation.notes.entries()) {
    const own = answer.outcome === 'stored' ? { ...answer, areNew: [answer.areNew[index]!] } : answer;
    lines += lineOf<'put-notes'>({ ...operation, notes: [note] }, own);
  }
  return lines;
}
