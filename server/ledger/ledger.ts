/**
 * The contract of a ledger: where the bets, the agencies' FINs and the draw are kept.
 *
 * What every engine promises:
 *
 * - Calls take effect in the order in which they were made, each whole or not at all.
 * - A promise resolves only when what it tells is on durable storage, and stays so whatever is killed afterwards.
 * - A batch of an agency is stored once; a second copy is recognised by its content.
 * - Nothing is stored of an agency behind its FIN, and nothing at all behind the draw.
 * - Every answered call has a line in the audit log (audit_line.ts), in the order of the calls, which is durable
 *   before the call is answered; a call that is rejected has none. The lines are a linearization: each answer is what
 *   stood in the ledger at its line.
 * - When the storage fails, the calls that it concerns are rejected with {@link LedgerUnavailable} and have left
 *   nothing; so are all calls that were made before the first of these rejections was delivered, so that no
 *   batch is stored behind one that its connection was refused.
 * - An engine whose storage is another program, out of reach for too long, cannot know whether the calls that were
 *   under way when it was lost were stored. It rejects them with all others; they were stored whole and in their order,
 *   each with its line, or never will be: which of both is settled before it carries out any later call. It does no
 *   harm: a batch that comes again is recognised by its content, and a FIN or a draw that comes again is the same one.
 */

/** A batch to be stored. Its fields were checked. */
export interface LedgerBatch {
  readonly agency: number;
  readonly batchId: number;
  readonly betCount: number;
  /** The id of the last bet in the batch. */
  readonly lastBetId: number;
  /** The bets as they came, joined with `;`. `append` takes a copy before it returns: the bytes may change then. */
  readonly text: Buffer;
}

/**
 * What became of a batch: stored now; stored before with the same content; not stored, since the id is taken by
 * other content; not stored, since the agency has finished or the draw has run.
 */
export const APPEND_OUTCOMES = ['stored', 'already-stored', 'conflict', 'closed'] as const;

/** One of {@link APPEND_OUTCOMES}. */
export type AppendOutcome = (typeof APPEND_OUTCOMES)[number];

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

/**
 * How far the draw is: awaited, since not all agencies have finished; due, since they have, or the sale was closed,
 * and being held; or its result is stored.
 */
export const DRAW_STATES = ['awaited', 'due', 'drawn', 'called-off'] as const;

/** One of {@link DRAW_STATES}. */
export type DrawState = (typeof DRAW_STATES)[number];

/** The lottery that a ledger was made for. It never changes. */
export interface LotteryTerms {
  /** How many agencies take part; their ids are 1 to this. */
  readonly agencies: number;
  /** The number that wins. */
  readonly winnerNumber: number;
}

/** The result of the draw. */
export interface Draw {
  /**
   * For each agency that has winners, their documents joined with `,`: one for each winning bet, in the order of
   * batch ids and of the bets in a batch.
   */
  readonly winners: ReadonlyMap<number, string>;
  /** How many bets took part. */
  readonly bets: number;
  /** The agencies that had not finished: none, unless the draw did not wait for them. */
  readonly missingAgencies: readonly number[];
  /** Whether the draw was called off because agencies were missing: then there are no winners. */
  readonly isCalledOff: boolean;
}

/** The state of a draw that is stored. */
export function drawnState({ isCalledOff }: Draw): Extract<DrawState, 'drawn' | 'called-off'> {
  return isCalledOff ? 'called-off' : 'drawn';
}

/** What the bets say: for each agency that has winners their documents joined with `,`, and how many bets there are. */
export type FoundWinners = Pick<Draw, 'winners' | 'bets'>;

/** What is found for a draw that is called off. */
export const NOTHING_FOUND: FoundWinners = { winners: new Map(), bets: 0 };

/** How a draw is to be held that does not wait for all agencies. */
export type DrawTerms = Pick<Draw, 'missingAgencies' | 'isCalledOff'>;

/** A draw for which all agencies have finished. */
export const COMPLETE: DrawTerms = { missingAgencies: [], isCalledOff: false };

/** What a ledger held when it was opened. */
export interface LedgerState {
  /** The agencies whose FIN is stored. */
  readonly finishedAgencies: ReadonlySet<number>;
  /** When the first of them was stored, in milliseconds since 1970 by the server's clock. */
  readonly firstFinishedAtMs: number | undefined;
  /** The draw, if it has run. */
  readonly draw: Draw | undefined;
  /** How many batches and bets are stored. */
  readonly batches: number;
  readonly bets: number;
  /** Of each agency of which batches are stored, how many, and how many bets are in them. */
  readonly sums: ReadonlyMap<number, AgencySums>;
}

/** What a new ledger holds. */
export const EMPTY_LEDGER: LedgerState = {
  finishedAgencies: new Set(),
  firstFinishedAtMs: undefined,
  draw: undefined,
  batches: 0,
  bets: 0,
  sums: new Map(),
};

/** How much is stored of an agency. */
export type AgencySums = Pick<Standing, 'batches' | 'bets'>;

/** How far the lottery is, whichever server has brought it there. */
export interface LedgerNews {
  /** The agencies of which was not told before that they have finished. */
  readonly newlyFinished: readonly number[];
  /** The draw, once it is stored. */
  readonly draw: Draw | undefined;
  /** How much is stored of each agency; of some, or none, where that was told before. */
  readonly sums: ReadonlyMap<number, AgencySums>;
}

/**
 * A ledger that is open. `requestId` is what the client called its request, for the audit log; `0` when left out.
 *
 * `ask` is the number of an ASK (PROTOCOL.md, R22): `standing` is called with it when the ASK has come, and `append`
 * for each batch of that agency that its connection sends behind it. No two have the same, and a later one has the
 * higher. Over all servers that have the ledger open, the order of the ASKs is that of their calls of `standing`.
 */
export interface Ledger {
  /** What it held when it was opened. */
  readonly openedWith: LedgerState;
  /** Whether other servers may have the same ledger open: then {@link watch} tells what is stored, of all of them. */
  readonly isShared: boolean;
  /** The bytes of batches that were handed over and are not stored yet: for whoever must stop taking more. */
  readonly queuedBytes: number;
  /**
   * @throws LedgerUnavailable
   * @throws AgencyTakenOver when a batch behind a later ASK for the agency was taken; nothing is stored, and there is
   *   no line in the audit log
   */
  append(batch: LedgerBatch, requestId?: string, ask?: number): Promise<AppendOutcome>;
  /**
   * Records that an agency has finished. Idempotent.
   *
   * @returns how many agencies have finished, this one among them
   * @throws LedgerUnavailable
   */
  finish(agency: number, requestId?: string): Promise<number>;
  /** @throws LedgerUnavailable */
  standing(agency: number, requestId?: string, ask?: number): Promise<Standing>;
  /**
   * The standings of the agencies `after` + 1 to `after` + `limit`, as far as the lottery has them, at one moment.
   *
   * @throws LedgerUnavailable
   */
  standings(after: number, limit: number, requestId?: string): Promise<readonly Standing[]>;
  /**
   * The bets of a batch as they came, joined with `;`; `undefined` where none is stored.
   *
   * @throws LedgerUnavailable
   */
  batchText(agency: number, batchId: number, requestId?: string): Promise<Buffer | undefined>;
  /**
   * How far the draw is, for whoever asks for an agency's winners, or with `undefined` for the draw. The answer `due`
   * has no line in the audit log: the caller waits for the draw and asks again.
   *
   * @throws LedgerUnavailable
   */
  drawState(winnersOf: number | undefined, requestId?: string): Promise<DrawState>;
  /**
   * Writes a line into the audit log, for an operation that was answered without the ledger.
   *
   * @param line as `auditLine` makes it
   * @throws LedgerUnavailable
   */
  note(line: string): Promise<void>;
  /**
   * Closes the ledger for new batches, finds the bets on the winner number, unless the draw is called off, and
   * stores the result. When a draw is stored already, that one is answered.
   *
   * @throws LedgerUnavailable
   */
  draw(terms: DrawTerms): Promise<Draw>;
  /**
   * Calls `listener` when more batches are stored, whichever server over the same ledger has stored them, a while after
   * it has; and soon after another one has recorded that an agency has finished, or the draw. Behind the draw's there
   * are no news. To be called once; a ledger that one server has for itself never calls.
   */
  watch(listener: (news: LedgerNews) => void): void;
  /** Stores what was handed over, then closes all files. Calls made afterwards are rejected. */
  close(): Promise<void>;
}

/** Another connection has taken the agency over from the one that this batch came on (PROTOCOL.md, R22). */
export class AgencyTakenOver extends Error {
  override readonly name = 'AgencyTakenOver';

  constructor() {
    super('a later connection has taken this agency over');
  }
}

/** The storage cannot take it now. Nothing of the call is stored, and it may be made again later. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** What calls are rejected with once the ledger is closed. */
export function ledgerClosed(): LedgerUnavailable {
  return new LedgerUnavailable('the ledger is closed');
}

/** What a call is rejected with for which there is no room. */
export function ledgerFull(): LedgerUnavailable {
  return new LedgerUnavailable('too much is on its way to the storage');
}
