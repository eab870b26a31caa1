import { setTimeout as pause } from 'node:timers/promises';

import type { Draw } from '../draw';
import { ledgerClosed, SearchResult } from '../ledger';
import type { DrawConnection, RemoteConnection, RemoteStore } from './remote_store';

/** How often this server looks whether another one has stored the draw, and for how long at most. */
const LOOK_MS = 100;
const MAX_WAIT_MS = 30_000;

/**
 * The search for the winners, among servers of which each would do it. The connection of the search that found them has
 * a lock, which it keeps until the result is stored. Two searches of one server keep out of each other's way like those
 * of two servers.
 */
export class DrawSearch {
  readonly #store: RemoteStore;
  /** The connections that wait for the lock or search. */
  readonly #searching = new Set<RemoteConnection>();
  /** The connection of the search that found the winners. */
  #keeping: RemoteConnection | undefined;
  #isOver = false;

  constructor(store: RemoteStore) {
    this.#store = store;
  }

  /**
   * Finds the winners, or the result that another server has stored meanwhile.
   *
   * @throws LedgerUnavailable, LedgerDamaged, or another error of the connection
   */
  async run(winnerNumber: number): Promise<SearchResult> {
    // What an earlier search has found was not stored: its lock is in the way.
    await this.end();
    const connection = await this.#store.connect();
    if (this.#isOver) {
      connection.destroy('the ledger is closed');
      throw ledgerClosed();
    }
    this.#searching.add(connection);
    try {
      return await this.#search(connection, winnerNumber);
    } finally {
      this.#searching.delete(connection);
      if (this.#keeping !== connection) await connection.end();
    }
  }

  /** The result is stored: nobody need be kept from searching. */
  async end(): Promise<void> {
    const connection = this.#keeping;
    this.#keeping = undefined;
    await connection?.end();
  }

  /** Ends what is under way: it is rejected. */
  close(): void {
    this.#isOver = true;
    for (const connection of this.#searching) connection.destroy('the ledger is closed');
    this.#keeping?.destroy('the ledger is closed');
    this.#keeping = undefined;
  }

  async #search(connection: RemoteConnection, winnerNumber: number): Promise<SearchResult> {
    const stored = await untilOurs(connection);
    if (stored !== undefined) return { draw: stored };
    const found = await connection.findWinners(winnerNumber);
    await this.end();
    this.#keeping = connection;
    return { found };
  }
}

/**
 * Of all servers that know that the draw is due, one looks for the winners, and the others wait until its result is
 * stored. When it dies its connection ends, and another one takes over. A server that is alive and does not finish is
 * waited for up to a bound: looking twice does no harm.
 *
 * @returns the result that is stored by then, or undefined when the caller is to find it
 */
async function untilOurs(connection: DrawConnection): Promise<Draw | undefined> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const isOurs = (await connection.tryDrawLock()) || waitedMs >= MAX_WAIT_MS;
    const stored = await connection.readDraw();
    if (stored !== undefined || isOurs) return stored;
    await pause(LOOK_MS);
  }
}
