import type { LedgerNews } from '../ledger';
import type { Connection } from './connection';
import { LedgerLost } from './run';

/**
 * What is known of other servers' commits since this one has opened the ledger. A database that does not have it any
 * more has lost commits: nobody may draw for the FIN of an agency that has not finished there, nor go on telling of a
 * draw that is gone. What this server has committed itself is known by its run (run.ts).
 */
export class KnownProgress {
  readonly #finished = new Set<number>();
  #hasDraw = false;

  /** Takes note of what a server was told. */
  note({ newlyFinished, draw }: Pick<LedgerNews, 'newlyFinished' | 'draw'>): void {
    for (const agency of newlyFinished) this.#finished.add(agency);
    if (draw !== undefined) this.#hasDraw = true;
  }

  /** @throws LedgerLost when it is not in the database */
  async require(connection: Connection): Promise<void> {
    const [found] = await connection.query<{ finished: number; has_draw: boolean }>(
      `SELECT count(*)::integer AS finished, EXISTS (SELECT FROM draws) AS has_draw
       FROM finished_agencies WHERE agency = ANY($1)`,
      [`{${[...this.#finished].join(',')}}`],
    );
    const isThere =
      found !== undefined && found.finished === this.#finished.size && (found.has_draw || !this.#hasDraw);
    if (!isThere) throw new LedgerLost();
  }
}
