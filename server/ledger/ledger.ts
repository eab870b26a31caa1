/**
 * The contract of a ledger: where the bets, the agencies' FINs and the draw are kept.
 *
 * What every engine promises:
 *
 * - Operations take effect in the order in which they were submitted, each whole or not at all. One that only reads what
 *   is stored (questions, and a batch whose id is taken) may take effect later, so that reading much delays nobody else:
 *   behind operations that were submitted after it, and it then tells what they have changed.
 * - A promise resolves only when what it tells is on durable storage, and stays so whatever is killed afterwards.
 * - A batch of an agency is stored once; a second copy is recognised by its content.
 * - Nothing is stored of an agency after its FIN, and nothing at all after the sale was closed.
 * - Who is missing when the sale is closed, and what follows from it, is found out and stored together with the close.
 * - Every answered operation has its line in the audit log (operation_line.ts), unless it says itself that it is counted
 *   instead, in the order of the operations, which is
 *   durable before the answer is given; an operation that is rejected has none. The lines are a linearization: each
 *   answer is what stood in the ledger at its line.
 * - When the storage fails, the operations that it concerns are rejected with {@link LedgerUnavailable} and have left
 *   nothing; so are all operations that were submitted before the first of these rejections was delivered, so that no
 *   batch is stored after one that its connection was refused.
 * - An engine whose storage is another program, out of reach for too long, cannot know whether the operations that were
 *   under way when it was lost were stored. It rejects them with all others; they were stored whole and in their order,
 *   each with its line, or never will be: which of both is settled before it carries out any later operation. It does
 *   no harm: a batch that comes again is recognised by its content, and a FIN or a draw that comes again is the same; what
 *   is written to a note may be guarded by a condition, and one that is counted may count twice. When it is found that
 *   they were stored, they are answered, except those that have read notes (`get-note` that has found one, `list-notes`):
 *   what they have read is not kept anywhere. Only these are rejected then, and have left their lines.
 */
import { OperationError } from '../../program/exit';
import type { Draw, DrawTerms, FoundWinners } from './draw';
import type { AgencySums, AnswerTo, Operation } from './operation';

/** The lottery that a ledger was made for. It never changes. */
export interface LotteryTerms {
  /** How many agencies take part; their ids are 1 to this. */
  readonly agencies: number;
  /** The number that was announced to win; `undefined` where it is not known before the sale is sealed. */
  readonly winnerNumber: number | undefined;
  /** The setting that names it, for who is refused: LOTTERY_WINNER_NUMBER if left out. It is not kept. */
  readonly numberSetting?: 'DRAW_NUMBER';
}

/** What a ledger held when it was opened. */
export interface LedgerState {
  /** The agencies whose FIN is stored. */
  readonly finishedAgencies: ReadonlySet<number>;
  /** When the first of them was stored, in milliseconds since 1970 by the clock of the storage. */
  readonly firstFinishedAtMs: number | undefined;
  /** The terms with which the sale was closed, if it was. */
  readonly closedWith: DrawTerms | undefined;
  /** The draw, if it has run. */
  readonly draw: Draw | undefined;
  /** When it was stored, in milliseconds since 1970 by the clock of the storage, where that is known. */
  readonly drawnAtMs?: number | undefined;
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
  closedWith: undefined,
  draw: undefined,
  batches: 0,
  bets: 0,
  sums: new Map(),
};

/** How far the lottery is, whichever server has brought it there. */
export interface LedgerNews {
  /** The agencies that have finished and were not told before. */
  readonly newlyFinished: readonly number[];
  /** When the first of all agencies has finished, in milliseconds since 1970 by the clock of the storage. */
  readonly firstFinishedAtMs: number | undefined;
  /** The terms with which the sale was closed, once it was. */
  readonly closedWith: DrawTerms | undefined;
  /** The draw, once it is stored. */
  readonly draw: Draw | undefined;
  /** How much is stored of each agency; of some, or none, where that was told before. */
  readonly sums: ReadonlyMap<number, AgencySums>;
}

/** What a search for the winners has come to: what was found, or the result that another server has stored meanwhile. */
export type SearchResult = { readonly found: FoundWinners } | { readonly draw: Draw };

/**
 * A ledger that is open.
 *
 * `ask`, of the operations that have one, is the number of an ASK (PROTOCOL.md, R22): a `standing` is submitted with it
 * when the ASK has come, and a `place` for each batch of that agency that its connection sends after it. No two have the
 * same number, and a later one has the higher. Over all servers that have the ledger open, the order of the ASKs is that
 * of their `standing` operations.
 */
export interface Ledger {
  /** What it held when it was opened. */
  readonly openedWith: LedgerState;
  /** Whether other servers may have the same ledger open: then {@link watch} tells what is stored, of all of them. */
  readonly isShared: boolean;
  /** The bytes of batches that were submitted and are not stored yet, for a door that must stop taking more. */
  readonly queuedBytes: number;
  /**
   * How far the clock of the storage is ahead of this machine's, in milliseconds, as far as it is known; left out where
   * both are the same clock. For those who watch: what is decided by that clock is decided in the storage.
   */
  readonly clockAheadMs?: number;
  /**
   * Carries out an operation.
   *
   * @throws LedgerUnavailable
   * @throws LedgerDamaged when what it finds is not what was stored; nothing is stored
   * @throws AgencyTakenOver for a `place` that follows an earlier ASK than the one which has last sent a batch for this
   *   agency; nothing is stored, and there is no line in the audit log
   */
  submit<O extends Operation>(operation: O): Promise<AnswerTo<O>>;
  /**
   * Reads every bet and finds those on a number. The sale was closed before. Of several servers one searches at a time;
   * the others wait until it has stored its result.
   *
   * @throws LedgerUnavailable
   * @throws LedgerDamaged when what it reads is not what was stored: no draw can be held over it
   */
  findWinners(winnerNumber: number): Promise<SearchResult>;
  /**
   * Calls `listener` when more batches are stored, whichever server over the same ledger has stored them, a while after
   * it has; and soon after another one has recorded that an agency has finished, has closed the sale, or has stored the
   * draw. After the draw's there are no news. To be called once; a ledger that one server has for itself never calls.
   */
  watch(listener: (news: LedgerNews) => void): void;
  /**
   * Calls `listener` whenever {@link queuedBytes} has fallen, before anyone is told the answers that made it fall. To be
   * called once.
   */
  watchRoom(listener: () => void): void;
  /** Stores what was submitted, then closes all files. Operations submitted afterwards are rejected. */
  close(): Promise<void>;
}

/** Another connection has taken the agency over from the one that this batch came on (PROTOCOL.md, R22). */
export class AgencyTakenOver extends Error {
  override readonly name = 'AgencyTakenOver';

  constructor() {
    super('a later connection has taken this agency over');
  }
}

/** The storage cannot take it now. Nothing of the operation is stored, and it may be submitted again later. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** What is stored is not what was written: trying again changes nothing. */
export class LedgerDamaged extends OperationError {
  /** @param what is damaged */
  constructor(what: string) {
    super(`the ledger is damaged: ${what}`);
  }
}

/** Whether an error says that the storage cannot take it, for now or for good. */
export function isStorageError(error: unknown): error is LedgerUnavailable | LedgerDamaged {
  return error instanceof LedgerUnavailable || error instanceof LedgerDamaged;
}

/** What operations are rejected with once the ledger is closed. */
export function ledgerClosed(): LedgerUnavailable {
  return new LedgerUnavailable('the ledger is closed');
}

/** What an operation is rejected with for which there is no room. */
export function ledgerFull(): LedgerUnavailable {
  return new LedgerUnavailable('too much is on its way to the storage');
}
