import type { LedgerNews } from '../ledger';
import type { RunConnection } from './remote_store';

/**
 * What this server was told of the commits of other servers. A store that does not have it any more has lost commits:
 * nobody may draw for the FIN of an agency that has not finished there, nor go on telling of a draw that is gone. What
 * this server has committed itself is known by its run (run_fence.ts).
 */
export class KnownProgress {
  readonly #finished = new Set<number>();
  #hasDraw = false;

  /** Adds what the server was told. */
  note({ newlyFinished, draw }: Pick<LedgerNews, 'newlyFinished' | 'draw'>): void {
    for (const agency of newlyFinished) this.#finished.add(agency);
    if (draw !== undefined) this.#hasDraw = true;
  }

  /** @throws LedgerLost when something of it is not in the store */
  require(connection: RunConnection): Promise<void> {
    return connection.requireProgress({ finished: this.#finished, hasDraw: this.#hasDraw });
  }
}
