import type { AgencyCounts } from '../../../telemetry/telemetry';
import type { AgencyRow } from '../page/model/feed_message';

/** In place of a time: the agency was not heard of since the start. */
const NOT_HEARD = -1;

/** The agencies as of the last update, to find those that have changed since. */
export class AgencyList {
  readonly #rows = new Map<number, AgencyRow>();
  readonly #startedAtMs: number;

  /** @param startedAtMs when the server was started, in milliseconds since 1970 */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
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
  update(agencies: ReadonlyMap<number, AgencyCounts>, seconds: number): AgencyRow[] {
    const changed: AgencyRow[] = [];
    for (const [agency, counts] of agencies) {
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
    { batches, bets, isFinished, heardAtMs, connections }: AgencyCounts,
    before: AgencyRow | undefined,
    seconds: number,
  ): AgencyRow {
    const rate = perSecond(bets - (before?.[2] ?? 0), seconds);
    const heardS =
      heardAtMs === undefined ? NOT_HEARD : Math.max(0, Math.floor((heardAtMs - this.#startedAtMs) / 1_000));
    return [agency, batches, bets, rate, isFinished ? 1 : 0, connections, heardS];
  }
}

/** A rate as a whole number; 0 if no time has passed. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? Math.round(amount / seconds) : 0;
}
