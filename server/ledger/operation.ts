/**
 * What can be asked of a ledger: each operation by its kind, and the answer to each. This is the only list of them;
 * everything that handles operations is a table or a switch over it, so that a kind that was forgotten somewhere does
 * not compile.
 */
import type { DeadlineAction, Draw, DrawState, DrawTerms } from './draw';
import type { LogPlace } from './log_place';
import type {
  CountNoteAnswer,
  DeleteNoteOutcome,
  ListedNote,
  NewNote,
  NoteCondition,
  PutNotesAnswer,
  StoredNote,
} from './note';

/** A batch to be stored. Its fields were checked. */
export interface LedgerBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  /** The id of the last bet in the batch. */
  readonly lastBetId: number;
  /** The bets as they came, joined with `;`. `submit` copies them before it returns: the bytes may change then. */
  readonly text: Buffer;
}

/**
 * What became of a batch: stored now; stored before with the same content; not stored, because other content has its
 * id; not stored, because the agency has finished or the sale was closed.
 */
export const PLACE_OUTCOMES = ['stored', 'already-stored', 'conflict', 'closed'] as const;

/** One of {@link PLACE_OUTCOMES}. */
export type PlaceOutcome = (typeof PLACE_OUTCOMES)[number];

/** The answer for a batch; one that is stored has its place in the log. */
export type PlaceAnswer =
  | { readonly outcome: 'stored' | 'already-stored'; readonly place: LogPlace }
  | { readonly outcome: 'conflict' | 'closed' };

/** The answer for an agency that has finished. */
export interface FinishAnswer {
  /** How many agencies have finished, this one among them. */
  readonly finished: number;
  /** When the first of them did, in milliseconds since 1970, by the clock of the storage. */
  readonly firstFinishedAtMs: number;
}

/** What is stored of an agency. */
export interface Standing {
  /** The highest batch id up to which all are stored; 0 for none. */
  readonly lastBatchId: number;
  /** The id of the last bet in that batch; 0 for none. */
  readonly lastBetId: number;
  /** How many batches and bets are stored in all. */
  readonly batches: number;
  readonly bets: number;
  /** Whether its FIN is stored. */
  readonly isFinished: boolean;
}

/** What is stored of an agency of which nothing is stored. */
export const NOTHING_STORED: Standing = {
  lastBatchId: 0,
  lastBetId: 0,
  batches: 0,
  bets: 0,
  isFinished: false,
};

/** How much is stored of an agency. */
export type AgencySums = Pick<Standing, 'batches' | 'bets'>;

/** What a later question about an agency's bets is answered from: one stored batch. It never changes. */
export interface BatchCheck {
  /** The id of the last bet in the batch. */
  readonly lastBetId: number;
  /** How long its payload is: its text, and the `;` before it. */
  readonly payloadBytes: number;
  /** CRC-32 of its payload (protocol/payload_check.ts). */
  readonly check: number;
}

/** What came of closing the sale: closed now, closed before, or still open. */
export type CloseSaleAnswer =
  | { readonly outcome: 'closed' | 'already-closed'; readonly terms: DrawTerms }
  /** `dueInMs`: when it may be tried again, where the ledger knows; `undefined` where it does not. */
  | { readonly outcome: 'not-due'; readonly dueInMs: number | undefined };

/**
 * What an operation does, in the words of the audit log: PUT changes the lottery, DELETE removes from it, GET asks;
 * REFUSED stands for several of any that were refused, and have no line of their own.
 */
export type AuditAction = 'PUT' | 'GET' | 'DELETE' | 'REFUSED';

/** What each kind of operation is about. */
interface Subjects {
  /**
   * Stores a batch. `ask` is the number of the ASK that its connection has sent before it for this agency, if any
   * (PROTOCOL.md, R22; see `Ledger`). `isRefusalCounted`: when it is a conflict, or the sale is closed, it leaves no line
   * of its own: the caller counts it.
   */
  place: {
    readonly batch: LedgerBatch;
    readonly ask?: number | undefined;
    readonly isRefusalCounted?: boolean | undefined;
  };
  /** Records that an agency has finished. Idempotent. */
  finish: { readonly agency: number };
  /** Asks where an agency stands. `ask`: the number of the ASK that wants to know, if one does. */
  standing: { readonly agency: number; readonly ask?: number | undefined };
  /** Asks where the agencies `after` + 1 to `after` + `limit` stand, as far as there are so many, at one moment. */
  standings: { readonly after: number; readonly limit: number };
  /** Asks for the bets of a batch. */
  'batch-text': { readonly agency: number; readonly batchId: number };
  /**
   * Asks for the check values of the batches `after` + 1 to `after` + `limit`. It has no line in the audit log: the
   * question that it belongs to has one.
   */
  'batch-checks': { readonly agency: number; readonly after: number; readonly limit: number };
  /** Asks how far the draw is: for an agency's winners, or with `undefined` for the draw itself. */
  'draw-state': { readonly winnersOf: number | undefined };
  /** Writes the line of an operation that was answered without the ledger. `uri` holds no comma. */
  refused: { readonly action: AuditAction; readonly uri: string; readonly status: number };
  /**
   * Closes the sale for good, and stores who is missing and what follows from it. `whenMissing` says what follows;
   * with `undefined` the sale stays open unless all agencies have finished.
   */
  'close-sale': { readonly whenMissing: DeadlineAction | undefined };
  /** Stores the result of the draw, unless there is one. The sale was closed before. */
  'record-draw': { readonly draw: Draw };
  /**
   * Writes notes of an owner (note.ts), all or none: at least one, at most `MAX_NOTES_AT_ONCE`, whose names differ. The
   * condition is asked of each. There is a line for each note.
   */
  'put-notes': {
    readonly owner: number;
    readonly notes: readonly NewNote[];
    readonly condition?: NoteCondition | undefined;
  };
  /** Asks for a note. */
  'get-note': { readonly owner: number; readonly name: string };
  /** Removes a note. */
  'delete-note': {
    readonly owner: number;
    readonly name: string;
    readonly condition?: NoteCondition | undefined;
  };
  /** Asks for the names of an owner's notes: those after `after`, in the order of their bytes, at most `limit`. */
  'list-notes': { readonly owner: number; readonly after: string; readonly limit: number };
  /**
   * Adds to the number that a note is, which is never below 0. `mayCreate`: where there is none of this name, it begins
   * with 0.
   */
  'count-note': {
    readonly owner: number;
    readonly name: string;
    readonly by: bigint;
    readonly mayCreate: boolean;
  };
}

/** The answer to each kind of operation. */
export interface Answers {
  place: PlaceAnswer;
  finish: FinishAnswer;
  standing: Standing;
  standings: readonly Standing[];
  /** The bets as they came, joined with `;`; `undefined` where no batch has this id. */
  'batch-text': Buffer | undefined;
  /** One for each batch, from the first on, up to one that is not stored; there may be fewer than were asked for. */
  'batch-checks': readonly BatchCheck[];
  /** `due` has no line in the audit log: the caller waits for the draw and asks again. */
  'draw-state': DrawState;
  refused: undefined;
  'close-sale': CloseSaleAnswer;
  /** The result that counts: the one that was stored first. */
  'record-draw': Draw;
  'put-notes': PutNotesAnswer;
  /** `undefined` where there is none of this name. */
  'get-note': StoredNote | undefined;
  'delete-note': DeleteNoteOutcome;
  'list-notes': readonly ListedNote[];
  'count-note': CountNoteAnswer;
}

/** The kinds of operations. */
export type OperationKind = keyof Subjects;

/** An operation of a kind. `requestId` is what the client called its request, for the audit log. */
export type OperationOf<K extends OperationKind> = {
  [P in K]: { readonly kind: P; readonly requestId?: string | undefined } & Subjects[P];
}[K];

/** Any operation. */
export type Operation = OperationOf<OperationKind>;

/** The answer to an operation. */
export type AnswerTo<O extends Operation> = Answers[O['kind']];

/** Something for each kind of operation, made from the operation and its answer. */
export type ByKind<Result> = {
  readonly [K in OperationKind]: (operation: OperationOf<K>, answer: Answers[K]) => Result;
};
