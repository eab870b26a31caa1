import { RIGHTS } from '../../../telemetry/presence';
import type { AgencyCounts, Telemetry } from '../../../telemetry/telemetry';
import type { AgencyRow, FeedRightCode } from '../page/model/feed_message';

/** In place of a time: the agency was not heard of since the start, or is not connected. */
const NEVER = -1;

/** The agencies as of the last update, to find those that have changed since. */
export class AgencyList {
  readonly #rows = new Map<number, AgencyRow>();
  readonly #telemetry: Telemetry;

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry;
  }

  /** Every agency that has bets, has finished or was heard of. */
  get all(): readonly AgencyRow[] {
    return [...this.#rows.values()];
  }

  /**
   * Reads the agencies again.
   *
   * @param seconds since the last update; 0 the first time
   * @returns the agencies that have changed, or whose rates have
   */
  update(seconds: number): AgencyRow[] {
    const changed: AgencyRow[] = [];
    for (const [agency, counts] of this.#telemetry.agencies) {
      const before = this.#rows.get(agency);
      const row = this.#rowOf(agency, counts, before, seconds);
      if (before !== undefined && row.every((value, index) => value === before[index])) continue;
      this.#rows.set(agency, row);
      changed.push(row);
    }
    return changed;
  }

  #rowOf(
    agency: number,
    { batches, bets, isFinished, heardAtMs }: AgencyCounts,
    before: AgencyRow | undefined,
    seconds: number,
  ): AgencyRow {
    const rate = perSecond(bets - (before?.[2] ?? 0), seconds);
    const { connections, right, sinceMs, seen } = this.#telemetry.presences.of(agency);
    const known = right ?? seen?.right;
    const code = (known === undefined ? 0 : 1 + RIGHTS.indexOf(known)) as FeedRightCode;
    const finished = isFinished ? 1 : 0;
    const [heardS, sinceS] = [this.#second(heardAtMs), this.#second(sinceMs)];
    return [agency, batches, bets, rate, finished, connections, heardS, code, sinceS];
  }

  /** A time in whole seconds since the server was started. */
  #second(atMs: number | undefined): number {
    if (atMs === undefined) return NEVER;
    return Math.max(0, Math.floor((atMs - this.#telemetry.startedAtMs) / 1_000));
  }
}

/** A rate as a whole number; 0 if no time has passed. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? Math.round(amount / seconds) : 0;
}
