import type { AgencyCounts } from '../../../telemetry/telemetry';
import type { AgencyRow } from '../page/model/feed_message';

/** The agencies as of the last update, to find those that have changed since. */
export class AgencyList {
  readonly #rows = new Map<number, AgencyRow>();

  /** Every agency that has bets or has finished. */
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
      const row = rowOf(agency, counts, before, seconds);
      if (before !== undefined && row.every((value, index) => value === before[index])) continue;
      this.#rows.set(agency, row);
      changed.push(row);
    }
    return changed;
  }
}

function rowOf(
  agency: number,
  { batches, bets, isFinished }: AgencyCounts,
  before: AgencyRow | undefined,
  seconds: number,
): AgencyRow {
  return [agency, batches, bets, perSecond(bets - (before?.[2] ?? 0), seconds), isFinished ? 1 : 0];
}

/** A rate as a whole number; 0 if no time has passed. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? Math.round(amount / seconds) : 0;
}
