/**
 * The messages of the live page's feed: the whole state on connecting, then each second what has changed. Only numbers:
 * no names, documents or bets. Types only, shared by the server that writes the messages and the page that reads them.
 */

/** The version of the messages. A page that knows another version reloads itself. */
export type FeedFormat = 3;

/** A way into the server. */
export type FeedDoor = 'tcp' | 'http' | 'memcached';

/** By what right somebody is connected: by a certificate, by a token, or unproven, where nobody has to say who it is. */
export type FeedRight = 'certificate' | 'token' | 'none';

/** A right as a number: 0 for none known, or the place of a {@link FeedRight}, counted from 1. */
export type FeedRightCode = 0 | 1 | 2 | 3;

/**
 * An agency: how many of its batches and bets are stored, its bets per second, 1 once it has finished, the connections
 * that speak for it, and when it was last heard of in seconds since the server was started, -1 for not since then. Then
 * by what right it is connected, or has asked last over HTTP; and since when it is connected, in seconds since the
 * server was started, -1 while it is not. A tuple, to keep messages short: one can have a thousand agencies.
 */
export type AgencyRow = readonly [
  agency: number,
  batches: number,
  bets: number,
  betsPerSecond: number,
  finished: 0 | 1,
  connections: number,
  heardS: number,
  right: FeedRightCode,
  sinceS: number,
];

/** The operator or the auditor: connected, or seen over HTTP since the server was started. */
export interface FeedOverseer {
  readonly party: 'operator' | 'auditor';
  readonly right: FeedRight;
  /** How many connections it has; 0 for one that has only asked. */
  readonly connections: number;
  /** Since when it is connected, or when it has last asked, in milliseconds since 1970. */
  readonly atMs: number;
}

/** A certificate, a revocation list, or the certificates of agencies, that expire within 30 days or have expired. */
export interface FeedExpiry {
  /** `server`, `client CA`, `revocation list`, `operator`, `auditor` or `agencies`. */
  readonly name: string;
  /** Within 30 days, within 7, or in the past. */
  readonly urgency: 'soon' | 'urgent' | 'expired';
  /** How long until the first of them expires; negative once it has. */
  readonly leftMs: number;
  /** Of `agencies`, those whose certificates expire first; at most ten. */
  readonly agencies: readonly number[];
  /** How many certificates these are. */
  readonly count: number;
}

/** The commits of the last second. The times are 0 if there was none. */
export interface CommitFigures {
  readonly count: number;
  /** How many operations they carried out in total. */
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

/** Where the draw is: the state machine of the server's draw. */
export type FeedPhase =
  | 'awaited'
  | 'closing'
  | 'gated'
  | 'searching'
  | 'recording'
  | 'announcing'
  | 'retrying'
  | 'decided'
  | 'stopped';

/** How far the draw is. */
export interface FeedProgress {
  readonly phase: FeedPhase;
  /** What is waited for while the phase is `gated` or `announcing`. */
  readonly gate?: string;
  /** Whether a deadline passed so long ago that nothing is done before an operator confirms it. */
  readonly isOverdue: boolean;
  /** When the deadline is due, in milliseconds since 1970, and how long until then; left out while that is not known. */
  readonly dueAtMs?: number;
  readonly leftMs?: number;
  /**
   * When the beacon's round is due that the winning number follows from, in milliseconds since 1970, and how long until
   * then by the server's clock, below 0 once it is; both only while the draw waits and that number is to come.
   */
  readonly numberDueAtMs?: number;
  readonly numberLeftMs?: number;
}

/** A deadline as it was set: at a time, or so long after the first agency has finished. */
export interface FeedDeadline {
  readonly action: 'draw' | 'call-off';
  readonly afterFirstFinishMs?: number;
}

/** Which server it is that tells. */
export interface FeedServer {
  /** The name of its machine, or of its container. */
  readonly host: string;
  readonly version: string;
}

/** How far the log is that receipts are cut out of. */
export interface FeedLog {
  /** How many leaves are in the latest signed checkpoint. */
  readonly size: number;
  /** Whether the seal is among them, and whether the result is. */
  readonly isSealed: boolean;
  readonly hasResult: boolean;
  /** Whose signatures stand under that checkpoint, and under that of the seal: the names of their keys. */
  readonly signers: readonly string[];
  readonly sealSigners: readonly string[];
}

/** The figures at one moment. */
export interface Figures {
  /** The moment, in milliseconds since 1970. It never jumps, even if the server's clock is set. */
  readonly atMs: number;
  /** Whether the server can take bets. */
  readonly isReady: boolean;
  readonly totalBatches: number;
  readonly totalBets: number;
  readonly finishedAgencies: number;
  /** Batches that were sent again with the same content, since the server was started. */
  readonly repeatedBatches: number;
  readonly betsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly commits: CommitFigures;
  /** Bytes of batches on their way to the storage. */
  readonly queuedBytes: number;
  readonly progress: FeedProgress;
  /** How far the log of receipts is; left out where there is none. */
  readonly log?: FeedLog;
  /** The port of the agencies' protocol; 0 before the server listens on it. */
  readonly tcpPort: number;
  readonly connections: Readonly<Record<FeedDoor, number>>;
  readonly refusals: readonly RefusalCount[];
  readonly overseers: readonly FeedOverseer[];
  /** What expires soon, the first to expire first: at most one for each name, and three for agencies. */
  readonly expiring: readonly FeedExpiry[];
}

/** The result of the draw. */
export interface FeedDraw {
  readonly isCalledOff: boolean;
  /** The number that has won; left out when the draw was called off. */
  readonly winnerNumber?: number;
  /** How many bets took part. */
  readonly bets: number;
  /** How many agencies had not finished. */
  readonly missingAgencies: number;
  /** How many winning bets there are in total. */
  readonly winningBets: number;
  /** How many winning bets each agency with winners has; empty if agencies are not listed. */
  readonly winners: readonly (readonly [agency: number, winningBets: number])[];
  /** When it was, in milliseconds since 1970; left out when that is not known. */
  readonly decidedAtMs?: number;
  /** How long it took from the close of the sale; left out when this run of the server has not seen both. */
  readonly tookMs?: number;
  /** The bets that this run of the server has seen sold, and in how long; left out when it has seen none. */
  readonly sale?: { readonly bets: number; readonly durationMs: number };
}

/** The event `change`: what has changed since the event before. */
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
  /** Identifies this run of the server: a new one after each start. */
  readonly run: string;
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly server: FeedServer;
  /** Left out where there is none. */
  readonly deadline?: FeedDeadline;
  /** How many agencies take part; their ids are 1 to this. */
  readonly agencyCount: number;
  /** Whether agencies are listed; not if there are too many. */
  readonly hasAgencyList: boolean;
  /** The number that wins, where it was announced before the sale. */
  readonly winnerNumber?: number;
  /** Where it comes from, in words, where it is not known before the sale is sealed. */
  readonly numberFrom?: string;
  /** The total of bets over time, the oldest first and this moment last. */
  readonly history: FeedHistory;
}

/** Two lists of equal length: moments (as {@link Figures.atMs}) and the total of bets at each. */
export interface FeedHistory {
  readonly atMs: readonly number[];
  readonly bets: readonly number[];
}
