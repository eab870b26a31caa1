import type { Progress } from '../../client/progress';

/** How far an agency is, as it reports it; what it does not tell yet is left out. */
type ReportedProgress = Progress & { readonly totalBets?: number | undefined };

/** What an agency reports on the channel, as far as it is used here. */
export type AgencyReport = ({ readonly kind: 'progress' } & ReportedProgress) | { readonly kind: 'winners' };

/** How much is done, of one agency or of several together. */
export interface Extent {
  readonly readBytes: number;
  readonly fileBytes: number;
  readonly storedBets: number;
  /** How many bets there are to be stored; `undefined` as long as that is not known. */
  readonly totalBets: number | undefined;
  readonly betsPerSecond: number;
}

/**
 * Reports are sent and arrive on another way than the server's log: one may be under way when the log tells of a FIN, but
 * not two.
 */
const REPORTS_AFTER_FIN = 2;

/** Parses a message of an agency; `undefined` for an unknown one. */
export function readReport(message: unknown): AgencyReport | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined;
  if (message.kind === 'winners') return { kind: 'winners' };
  if (message.kind !== 'progress') return undefined;
  const storedBets = count(message, 'storedBets');
  const leftOutRows = count(message, 'leftOutRows');
  const readBytes = count(message, 'readBytes');
  const fileBytes = count(message, 'fileBytes');
  const totalBets = count(message, 'totalBets');
  if (storedBets === undefined || leftOutRows === undefined) return undefined;
  if (readBytes === undefined || fileBytes === undefined) return undefined;
  return { kind: 'progress', storedBets, leftOutRows, readBytes, fileBytes, totalBets };
}

function count(message: object, key: keyof ReportedProgress): number | undefined {
  const value: unknown = Reflect.get(message, key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** How far an agency has come. All times are milliseconds since the agencies were started. */
export class AgencyState {
  readonly agency: number;
  #fileBytes: number;
  #readBytes = 0;
  #storedBets = 0;
  #totalBets: number | undefined;
  #leftOutRows = 0;
  #lastStoredMs = 0;
  #wonMs: number | undefined;
  #failure: string | undefined;
  #reportsAfterFin: number | undefined;

  /** @param fileBytes the size of its file, for the time before the agency reports it */
  constructor(agency: number, fileBytes: number) {
    this.agency = agency;
    this.#fileBytes = fileBytes;
  }

  /** Bets that the server has stored. */
  get storedBets(): number {
    return this.#storedBets;
  }

  /** Rows that cannot be sent. */
  get leftOutRows(): number {
    return this.#leftOutRows;
  }

  /** When the last of its bets was first known to be stored. */
  get lastStoredMs(): number {
    return this.#lastStoredMs;
  }

  /** When its winners were known; `undefined` as long as they are not. */
  get wonMs(): number | undefined {
    return this.#wonMs;
  }

  /** Why it has failed; `undefined` as long as it has not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether it has closed its sale. */
  get isFinished(): boolean {
    return this.#reportsAfterFin !== undefined;
  }

  /** Whether nothing more is to come of it but its winners: it has closed its sale and told of all its bets. */
  get hasToldAll(): boolean {
    return (this.#reportsAfterFin ?? 0) >= REPORTS_AFTER_FIN;
  }

  /** Takes a report of the agency. */
  take(report: AgencyReport, nowMs: number): void {
    if (report.kind === 'winners') {
      this.won(nowMs);
      return;
    }
    if (this.#reportsAfterFin !== undefined) this.#reportsAfterFin++;
    if (report.storedBets !== this.#storedBets || this.#lastStoredMs === 0) this.#lastStoredMs = nowMs;
    this.#storedBets = report.storedBets;
    this.#totalBets = report.totalBets;
    this.#leftOutRows = report.leftOutRows;
    // Once the file is closed, the agency knows neither.
    this.#readBytes = Math.max(this.#readBytes, report.readBytes);
    if (report.fileBytes > 0) this.#fileBytes = report.fileBytes;
  }

  /** The server has stored its FIN. */
  finished(): void {
    this.#reportsAfterFin ??= 0;
  }

  /** The winners are known; what comes first counts. */
  won(nowMs: number): void {
    this.#wonMs ??= nowMs;
  }

  /** It has failed; what comes first counts. */
  failed(why: string): void {
    this.#failure ??= why;
  }

  /** How much is done. */
  extent(nowMs: number): Extent {
    const isRead = this.#readBytes >= this.#fileBytes;
    return {
      readBytes: this.#readBytes,
      fileBytes: this.#fileBytes,
      storedBets: this.#storedBets,
      totalBets: this.#totalBets,
      betsPerSecond: perSecond(this.#storedBets, isRead ? this.#lastStoredMs : nowMs),
    };
  }
}

/** How much is done by all of them together. */
export function totalExtent(states: readonly AgencyState[], nowMs: number): Extent {
  const extents = states.map((state) => state.extent(nowMs));
  const sum = (read: (extent: Extent) => number): number =>
    extents.reduce((total, extent) => total + read(extent), 0);
  const readBytes = sum((extent) => extent.readBytes);
  const fileBytes = sum((extent) => extent.fileBytes);
  const storedBets = sum((extent) => extent.storedBets);
  // One that has failed sends no more than it has sent.
  const isTotalKnown = states.every(
    ({ failure }, index) => failure !== undefined || extents[index]?.totalBets !== undefined,
  );
  const totalBets = isTotalKnown ? sum((extent) => extent.totalBets ?? extent.storedBets) : undefined;
  const lastStoredMs = states.reduce((last, state) => Math.max(last, state.lastStoredMs), 0);
  const betsPerSecond = perSecond(storedBets, readBytes >= fileBytes ? lastStoredMs : nowMs);
  return { readBytes, fileBytes, storedBets, totalBets, betsPerSecond };
}

/** The rate per second; 0 when no time has passed. */
export function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round((count * 1_000) / elapsedMs) : 0;
}
