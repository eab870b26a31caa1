import type { Progress } from '../../client/progress';

/** What an agency reports on the channel, as far as it is used here. */
export type AgencyReport = ({ readonly kind: 'progress' } & Progress) | { readonly kind: 'winners' };

/** How much is done, of one agency or of several together. */
export interface Extent {
  readonly readBytes: number;
  readonly fileBytes: number;
  readonly storedBets: number;
  readonly betsPerSecond: number;
}

/** Parses a message of an agency; `undefined` for an unknown one. */
export function readReport(message: unknown): AgencyReport | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined;
  if (message.kind === 'winners') return { kind: 'winners' };
  if (message.kind !== 'progress') return undefined;
  const storedBets = count(message, 'storedBets');
  const leftOutRows = count(message, 'leftOutRows');
  const readBytes = count(message, 'readBytes');
  const fileBytes = count(message, 'fileBytes');
  if (storedBets === undefined || leftOutRows === undefined) return undefined;
  if (readBytes === undefined || fileBytes === undefined) return undefined;
  return { kind: 'progress', storedBets, leftOutRows, readBytes, fileBytes };
}

function count(message: object, key: keyof Progress): number | undefined {
  const value: unknown = Reflect.get(message, key);
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** How far an agency has come. All times are milliseconds since the agencies were started. */
export class AgencyState {
  readonly agency: number;
  #fileBytes: number;
  #readBytes = 0;
  #storedBets = 0;
  #leftOutRows = 0;
  #lastStoredMs = 0;
  #wonMs: number | undefined;

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

  /** Takes a report of the agency. */
  take(report: AgencyReport, nowMs: number): void {
    if (report.kind === 'winners') {
      this.won(nowMs);
      return;
    }
    if (report.storedBets !== this.#storedBets || this.#lastStoredMs === 0) this.#lastStoredMs = nowMs;
    this.#storedBets = report.storedBets;
    this.#leftOutRows = report.leftOutRows;
    this.#readBytes = report.readBytes;
    // Before the file is opened, the agency knows no size.
    if (report.fileBytes > 0) this.#fileBytes = report.fileBytes;
  }

  /** The winners are known; what comes first counts. */
  won(nowMs: number): void {
    this.#wonMs ??= nowMs;
  }

  /** How much is done. */
  extent(nowMs: number): Extent {
    const isRead = this.#readBytes >= this.#fileBytes;
    return {
      readBytes: this.#readBytes,
      fileBytes: this.#fileBytes,
      storedBets: this.#storedBets,
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
  const lastStoredMs = states.reduce((last, state) => Math.max(last, state.lastStoredMs), 0);
  const betsPerSecond = perSecond(storedBets, readBytes >= fileBytes ? lastStoredMs : nowMs);
  return { readBytes, fileBytes, storedBets, betsPerSecond };
}

/** The rate per second; 0 when no time has passed. */
export function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? Math.round((count * 1_000) / elapsedMs) : 0;
}
