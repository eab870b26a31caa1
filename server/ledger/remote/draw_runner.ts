import { setTimeout as pause } from 'node:timers/promises';

import { OperationError } from '../../../program/exit';
import { Draw, DrawTerms, ledgerClosed, NOTHING_FOUND } from '../ledger';
import type { GroupWriter } from './group_writer';
import type { DrawConnection, RemoteConnection, RemoteStore } from './remote_store';

/** How often this server looks whether another one has held the draw, and for how long at most. */
const LOOK_MS = 100;
const MAX_WAIT_MS = 30_000;

/** Holds the draw, with any other servers that know that it is due. */
export class DrawRunner {
  readonly #store: RemoteStore;
  readonly #writer: GroupWriter;
  readonly #winnerNumber: number;
  #connection: RemoteConnection | undefined;
  #isOver = false;

  /** @param writer stores the result; all else goes over a connection of its own */
  constructor(store: RemoteStore, writer: GroupWriter, winnerNumber: number) {
    this.#store = store;
    this.#writer = writer;
    this.#winnerNumber = winnerNumber;
  }

  /**
   * Closes the sale, finds the winners and stores them, unless another server does. The sale is closed first, so that
   * what is read is all that will ever be stored.
   *
   * @returns the result that counts: the first one that was stored
   * @throws LedgerUnavailable, OperationError when the ledger is damaged, or another error of the connection
   */
  async run(terms: DrawTerms): Promise<Draw> {
    await this.#writer.put({ kind: 'close-sale' });
    const connection = await this.#store.connect();
    try {
      if (this.#isOver) throw ledgerClosed();
      this.#connection = connection;
      const stored = await untilOurs(connection);
      if (stored !== undefined) return stored;
      const found = terms.isCalledOff ? NOTHING_FOUND : await connection.findWinners(this.#winnerNumber);
      await this.#writer.put({ kind: 'record-draw', draw: { ...found, ...terms } });
      // Another server may have stored the one that counts.
      const counted = await connection.readDraw();
      if (counted === undefined) throw new OperationError('the draw that was stored is not there');
      return counted;
    } finally {
      this.#connection = undefined;
      await connection.end();
    }
  }

  /** Ends what is under way: it is rejected. */
  close(): void {
    this.#isOver = true;
    this.#connection?.destroy('the ledger is closed');
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
