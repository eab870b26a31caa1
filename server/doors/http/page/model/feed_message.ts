/**
 * What the feed of the live page says: on connecting the whole state, then each second what changed. Numbers alone:
 * no names, no documents, no bets. Types only, for the server that writes the messages and the page that reads them.
 */

/** The form of the messages. A page that knows another one loads itself anew. */
export type FeedFormat = 1;

/** A way into the server. */
export type FeedDoor = 'tcp' | 'http';

/**
 * An agency: how many batches and bets of it are stored, its bets a second, and 1 once it has finished. A list without
 * names, since there may be a thousand of them in a message.
 */
export type AgencyRow = readonly [
  agency: number,
  batches: number,
  bets: number,
  betsPerSecond: number,
  finished: 0 | 1,
];

/** The commits of the last second. The times are 0 where there was none. */
export interface CommitFigures {
  readonly count: number;
  /** How many operations they carried out, all together. */
  readonly operations: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How many operations a door has refused for one reason since the server was started. */
export interface RefusalCount {
  readonly door: FeedDoor;
  readonly code: string;
  readonly count: number;
}

/** The sums, as they were at one moment. */
export interface Figures {
  /** The moment, in milliseconds since 1970 by the server's clock when it was started, going on evenly. */
  readonly atMs: number;
  /** Whether the server can take bets. */
  readonly isReady: boolean;
  readonly totalBatches: number;
  readonly totalBets: number;
  readonly finishedAgencies: number;
  /** Batches that came again with the same content, since the server was started. */
  readonly repeatedBatches: number;
  readonly betsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly commits: CommitFigures;
  /** Bytes of batches on their way to the storage. */
  readonly queuedBytes: number;
  readonly connections: Readonly<Record<FeedDoor, number>>;
  readonly refusals: readonly RefusalCount[];
}

/** What the draw has come to. */
export interface FeedDraw {
  readonly isCalledOff: boolean;
  /** How many bets took part. */
  readonly bets: number;
  /** How many agencies had not finished. */
  readonly missingAgencies: number;
  /** How many winning bets there are in all. */
  readonly winningBets: number;
  /** For each agency that has winners, how many winning bets; empty where agencies are not listed. */
  readonly winners: readonly (readonly [agency: number, winningBets: number])[];
}

/** The event `change`: what is other than in the event before. */
export interface FeedChange {
  readonly figures: Figures;
  /** The agencies that have changed. */
  readonly agencies: readonly AgencyRow[];
  /** The draw, in the first event after it. */
  readonly draw?: FeedDraw;
}

/** The event `state`: everything. */
export interface FeedState extends FeedChange {
  readonly format: FeedFormat;
  /** The name of this run of the server: another one after each start. */
  readonly run: string;
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** How many agencies take part; their ids are 1 to this. */
  readonly agencyCount: number;
  /** Whether agencies are listed: not when there are too many. */
  readonly hasAgencyList: boolean;
  readonly winnerNumber: number;
  /** The total of bets at so many moments, the oldest first and this one last. */
  readonly history: FeedHistory;
}

/** Two lists of the same length: moments (as {@link Figures.atMs}) and the total of bets at each. */
export interface FeedHistory {
  readonly atMs: readonly number[];
  readonly bets: readonly number[];
}
