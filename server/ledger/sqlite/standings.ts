import type { Database } from 'better-sqlite3';

import { AgencySums, NOTHING_STORED, Standing } from '../operation';
import { BatchRow } from './checksums';

interface MutableStanding {
  lastBatchId: number;
  lastBetId: number;
  bets: number;
  batches: number;
}

/** Where each agency stands, kept in memory beside the table `batches`, from which it is made at the start. */
export class Standings {
  readonly #byAgency = new Map<number, MutableStanding>();
  readonly #lastBetIdOf: (agency: number, batchId: number) => number | undefined;

  constructor(database: Database) {
    const select = database.prepare<[number, number], { last_bet_id: number }>(
      'SELECT last_bet_id FROM batches WHERE agency = ? AND batch_id = ?',
    );
    this.#lastBetIdOf = (agency, batchId) => select.get(agency, batchId)?.last_bet_id;
    const rows = database.prepare<[], Pick<BatchRow, 'agency' | 'batch_id' | 'bets' | 'last_bet_id'>>(
      'SELECT agency, batch_id, bets, last_bet_id FROM batches ORDER BY agency, batch_id',
    );
    for (const row of rows.iterate()) {
      const standing = this.#count(row.agency, row.bets);
      if (row.batch_id === standing.lastBatchId + 1) extend(standing, row.last_bet_id);
    }
  }

  /** How many batches and bets are stored in all. */
  get totals(): { batches: number; bets: number } {
    let batches = 0;
    let bets = 0;
    for (const standing of this.#byAgency.values()) {
      batches += standing.batches;
      bets += standing.bets;
    }
    return { batches, bets };
  }

  /** Of each agency of which batches are stored, how much. */
  get sums(): Map<number, AgencySums> {
    return new Map([...this.#byAgency].map(([agency, { batches, bets }]) => [agency, { batches, bets }]));
  }

  /** @param isFinished whether the agency has finished, which is not known here */
  of(agency: number, isFinished: boolean): Standing {
    return { ...(this.#byAgency.get(agency) ?? NOTHING_STORED), isFinished };
  }

  /** Counts a batch that was added to the table. */
  add(agency: number, batchId: number, bets: number, lastBetId: number): void {
    const standing = this.#count(agency, bets);
    if (batchId !== standing.lastBatchId + 1) return;
    extend(standing, lastBetId);
    // Those that came before their turn are in the table already.
    while (standing.batches > standing.lastBatchId) {
      const next = this.#lastBetIdOf(agency, standing.lastBatchId + 1);
      if (next === undefined) return;
      extend(standing, next);
    }
  }

  #count(agency: number, bets: number): MutableStanding {
    let standing = this.#byAgency.get(agency);
    if (standing === undefined) {
      standing = { lastBatchId: 0, lastBetId: 0, bets: 0, batches: 0 };
      this.#byAgency.set(agency, standing);
    }
    standing.bets += bets;
    standing.batches++;
    return standing;
  }
}

function extend(standing: MutableStanding, lastBetId: number): void {
  standing.lastBatchId++;
  standing.lastBetId = lastBetId;
}
