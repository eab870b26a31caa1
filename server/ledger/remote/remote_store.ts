/**
 * What an engine whose storage is another program provides, so that the rest of a ledger can be written once
 * (remote_ledger.ts): connections on which commit groups, the draw and the news travel. Nothing here knows which
 * program it is.
 */
import { OperationError } from '../../../program/exit';
import type { Draw, DrawTerms, FoundWinners } from '../draw';
import type { AgencySums } from '../operation';
import type { Answer, Operation } from './operation';

/** The storage of a ledger that was opened. */
export interface RemoteStore {
  /**
   * Connects. It does not check that the ledger is still there: {@link RemoteConnection.takeOver} and
   * {@link RemoteConnection.requireProgress} do.
   *
   * @throws Error when the store cannot be reached, or would not keep what it commits
   */
  connect(): Promise<RemoteConnection>;
}

/** Which group of which run, and over which of its connections. All numbers count from 1. */
export interface GroupId {
  /** A UUID. */
  readonly runId: string;
  readonly connection: number;
  readonly group: number;
}

/**
 * In place of the answer to an operation that reads notes: the group has read so much before it that a later one must
 * carry it out. It has left nothing.
 */
export const POSTPONED = Symbol('postponed');

/**
 * In place of the answer to an operation that has read notes, and has left its line, when the answers of its group are
 * read again: what it has read was not kept, and may be another by now.
 */
export const LOST = Symbol('lost');

/** What a stored group has for one of its operations. */
export type GroupAnswer = Answer | typeof POSTPONED | typeof LOST;

/** The last group of a run that is stored. */
export interface LastGroup {
  /** Its number; 0 for none. */
  readonly number: number;
  /**
   * The answers to that group.
   *
   * @param operations of the group, in their order
   * @throws Error when they cannot be read
   */
  answers(operations: readonly Operation[]): Promise<readonly GroupAnswer[]>;
}

/** How far a lottery is. */
export interface Progress {
  /** How many agencies have finished. */
  readonly finished: number;
  /** When the first of them did, in milliseconds since 1970 by the store's clock. */
  readonly firstFinishedAtMs: number | undefined;
  /** The terms with which the sale was closed, once it was. */
  readonly closedWith: DrawTerms | undefined;
  readonly hasDraw: boolean;
  /** The time by the store's clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** What must be in the store: it was there before. */
export interface ExpectedProgress {
  /** Agencies that have finished. */
  readonly finished: ReadonlySet<number>;
  readonly hasDraw: boolean;
}

/** What a connection does for a run: the time in which one server has the ledger open. */
export interface RunConnection {
  /** What the store calls this connection, for the one that takes its place. */
  readonly name: string;
  /**
   * Begins a run: this connection, its first, may commit.
   *
   * @param runId a UUID
   * @throws LedgerLost when this server cannot work with what is in the store
   */
  beginRun(runId: string): Promise<void>;
  /**
   * Carries out the operations of a group in their order and keeps the group's number and answers, all of it or nothing.
   * When the promise resolves, it is on durable storage.
   *
   * @returns the answer to each operation
   * @throws LedgerLost when the store is not the one that it was
   * @throws Error when the store refuses the group, or the connection is lost or may not commit for the run. Whether the
   *   group is stored is not known then: {@link readRun} tells, or {@link takeOver} on another connection
   */
  commitGroup(id: GroupId, operations: readonly Operation[]): Promise<readonly GroupAnswer[]>;
  /**
   * Makes this connection the one that may commit for the run. It waits for a group of the former connection that is
   * being committed; any group of it that comes later is refused.
   *
   * @param connection the number of this connection: higher than any before
   * @param former the name of the last connection
   * @throws LedgerLost when the store does not have the run any more
   */
  takeOver(runId: string, connection: number, former: string): Promise<LastGroup>;
  /** The last group of the run. @throws LedgerLost when the store does not have the run any more */
  readRun(runId: string): Promise<LastGroup>;
  /** Ends the run: no connection of it sends, and nobody asks for its answers any more. */
  endRun(runId: string): Promise<void>;
  /** @throws LedgerLost when something of it is not in the store */
  requireProgress(expected: ExpectedProgress): Promise<void>;
}

/** What a connection reports about the lottery. */
export interface NewsConnection {
  /** Calls soon after an agency has finished or the draw was stored. What happens while no connection listens is lost. */
  listen(call: () => void): Promise<void>;
  readProgress(): Promise<Progress>;
  /** The agencies that have finished, in their order, except the first `count`. */
  readFinishedAfter(count: number): Promise<readonly number[]>;
  /** How much is stored of each agency that has anything stored. */
  readSums(): Promise<ReadonlyMap<number, AgencySums>>;
}

/** What a connection does for the draw. */
export interface DrawConnection {
  /** Takes the draw's lock, for as long as the connection lasts, unless another has it. @returns whether it was free */
  tryDrawLock(): Promise<boolean>;
  /** The draw that is stored, if there is one. */
  readDraw(): Promise<Draw | undefined>;
  /** Reads every bet. For a sale that is closed. @throws LedgerDamaged */
  findWinners(winnerNumber: number): Promise<FoundWinners>;
}

/** A connection to the store, for all purposes. */
export interface RemoteConnection extends WriterConnection, NewsConnection, DrawConnection {}

/** A connection for groups. All its waits are bounded; what is under way when it is lost is rejected. */
export interface WriterConnection extends RunConnection {
  /** Aborted when the connection is lost or was ended; its reason says why. */
  readonly lost: AbortSignal;
  /** Ends it properly, or by force when that takes too long. */
  end(): Promise<void>;
  /** Ends it at once: what is under way is rejected. */
  destroy(reason: string): void;
}

/**
 * The store is not the one that was written to, or this server must not write to it any more. The ledger is of no more
 * use to this server, whose operator gets the message.
 */
export class LedgerLost extends OperationError {
  constructor(message = 'the database has lost what it had committed, or is another one than before') {
    super(message);
  }
}

/** A server of another build has opened the ledger and put its functions in place of this one's. */
export class FunctionsReplaced extends LedgerLost {
  constructor() {
    super('the database: a server of another build has replaced the functions of this one');
  }
}
