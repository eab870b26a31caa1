/** The draw, as a ledger keeps it. */

/**
 * How far the draw is: awaited, since the sale is open; due, since all agencies have finished or the sale was closed,
 * and being held; or its result is stored.
 */
export const DRAW_STATES = ['awaited', 'due', 'drawn', 'called-off'] as const;

/** One of {@link DRAW_STATES}. */
export type DrawState = (typeof DRAW_STATES)[number];

/** What to do at a deadline when agencies are missing: draw over the bets that are there, or call the draw off. */
export const DEADLINE_ACTIONS = ['draw', 'call-off'] as const;

/** One of {@link DEADLINE_ACTIONS}. */
export type DeadlineAction = (typeof DEADLINE_ACTIONS)[number];

/** A deadline: a time in milliseconds since 1970, or so long after the first agency has finished. */
export type DrawDeadline = { readonly action: DeadlineAction } & (
  { readonly atMs: number } | { readonly afterFirstFinishMs: number }
);

/** A deadline that passed longer ago than this is not acted on unless the operator confirms it. */
export const MAX_OVERDUE_MS = 3_600_000;

/** How a draw is held: found out and stored together with the close of the sale. */
export interface DrawTerms {
  /** The agencies that had not finished, in ascending order: none, unless the draw does not wait for them. */
  readonly missingAgencies: readonly number[];
  /** Whether the draw is called off because agencies are missing: then there are no winners. */
  readonly isCalledOff: boolean;
}

/** A draw for which all agencies have finished. */
export const COMPLETE: DrawTerms = { missingAgencies: [], isCalledOff: false };

/** The terms of a sale that is closed while these agencies are missing. */
export function drawTerms(missingAgencies: readonly number[], action: DeadlineAction): DrawTerms {
  if (missingAgencies.length === 0) return COMPLETE;
  return { missingAgencies, isCalledOff: action === 'call-off' };
}

/** The result of the draw. */
export interface Draw extends DrawTerms {
  /** The number that won; `undefined` when the draw was called off. */
  readonly winnerNumber: number | undefined;
  /**
   * For each agency that has winners, their documents joined with `,`: one for each winning bet, in the order of
   * batch ids and of the bets in a batch.
   */
  readonly winners: ReadonlyMap<number, string>;
  /** How many bets took part. */
  readonly bets: number;
}

/** What the bets say: for each agency that has winners their documents joined with `,`, and how many bets there are. */
export type FoundWinners = Pick<Draw, 'winners' | 'bets'>;

/** What is found for a draw that is called off. */
export const NOTHING_FOUND: FoundWinners = { winners: new Map(), bets: 0 };

/** The state of a draw that is stored. */
export function drawnState({ isCalledOff }: DrawTerms): Extract<DrawState, 'drawn' | 'called-off'> {
  return isCalledOff ? 'called-off' : 'drawn';
}

/** How many documents stand in a text of documents joined with `,`. */
export function countDocuments(documents: string): number {
  return documents === '' ? 0 : documents.split(',').length;
}
