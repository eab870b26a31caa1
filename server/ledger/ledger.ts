/**
 * The contract of a ledger: where the bets, the agencies' FINs and the draw are kept.
 *
 * What every engine promises:
 *
 * - Calls take effect in the order in which they were made, each whole or not at all.
 * - A promise resolves only when what it tells is on durable storage, and stays so whatever is killed afterwards.
 * - A batch of an agency is stored once; a second copy is recognised by its content.
 * - Nothing is stored of an agency behind its FIN, and nothing at all behind the draw.
 * - When the storage fails, the calls that it concerns are rejected with {@link LedgerUnavailable} and have left
 *   nothing; so are all calls that were made before the first of these rejections was delivered, so that no
 *   batch is stored behind one that its connection was refused.
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
export type AppendOutcome = 'stored' | 'already-stored' | 'conflict' | 'closed';

/** What is stored of an agency. */
export interface Standing {
  /** The highest batch id up to which all are stored; 0 for none. */
  readonly lastBatchId: number;
  /** The id of the last bet in that batch; 0 for none. */
  readonly lastBetId: number;
  /** How many bets are stored in all. */
  readonly bets: number;
}

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
}

/** A ledger that is open. */
export interface Ledger {
  /** What it held when it was opened. */
  readonly openedWith: LedgerState;
  /** The bytes of batches that were handed over and are not stored yet: for whoever must stop taking more. */
  readonly queuedBytes: number;
  /** @throws LedgerUnavailable */
  append(batch: LedgerBatch): Promise<AppendOutcome>;
  /**
   * Records that an agency has finished. Idempotent.
   *
   * @returns all the agencies that have finished, this one among them
   * @throws LedgerUnavailable
   */
  finish(agency: number): Promise<ReadonlySet<number>>;
  /** @throws LedgerUnavailable */
  standing(agency: number): Promise<Standing>;
  /**
   * Closes the ledger for new batches, finds the bets on the winner number, unless the draw is called off, and
   * stores the result. When a draw is stored already, that one is answered.
   *
   * @throws LedgerUnavailable
   */
  draw(terms: DrawTerms): Promise<Draw>;
  /** Stores what was handed over, then closes all files. Calls made afterwards are rejected. */
  close(): Promise<void>;
}

/** The storage cannot take it now. Nothing of the call is stored, and it may be made again later. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}
