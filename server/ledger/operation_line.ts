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
  STATUS_OF_ERROR,
  winnersUri,
} from './audit_line';
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

/** The line of an answered operation in the audit log, without its line feed; `undefined` where it leaves none. */
export function lineOf<K extends OperationKind>(
  operation: OperationOf<K>,
  answer: Answers[K],
): string | undefined {
  const status = statusOf(operation, answer);
  if (status === undefined || isCounted(operation, status)) return undefined;
  const { action, uri } = SUBJECTS[operation.kind](operation);
  return auditLine(action, uri, status, operation.requestId ?? NO_REQUEST_ID);
}
