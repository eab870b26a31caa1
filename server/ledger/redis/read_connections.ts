import { Connection, DatabaseSettings, Reply, Words } from './connection';

/**
 * The connections of a server over which it reads what never changes, so that long texts do not hold up its groups. They
 * are opened when they are needed, up to a bound, and shared.
 */
export class ReadConnections {
  readonly #settings: DatabaseSettings;
  readonly #maxConnections: number;
  /** How many calls each has under way. */
  readonly #open = new Map<Connection, number>();
  #opening = 0;
  #isOver = false;

  /** @param maxConnections how many are opened at most; with 0 everything is read over the writer's own */
  constructor(settings: DatabaseSettings, maxConnections: number) {
    this.#settings = settings;
    this.#maxConnections = maxConnections;
  }

  /**
   * Carries out a command that changes nothing, over the connection that has least to do.
   *
   * @param writer what is taken where no other connection is open
   * @throws as `Connection.call`
   */
  async call(writer: Connection, words: Words): Promise<Reply> {
    const connection = await this.#leastBusy();
    if (connection === undefined) return writer.call(words);
    this.#open.set(connection, this.#open.get(connection)! + 1);
    try {
      return await connection.call(words);
    } catch (error) {
      // A connection may have been lost since it was used last: the writer's tells whether the database is there.
      if (!connection.lost.aborted) throw error;
      return await writer.call(words);
    } finally {
      if (this.#open.has(connection)) this.#open.set(connection, this.#open.get(connection)! - 1);
    }
  }

  /** Ends all of them. */
  close(): void {
    this.#isOver = true;
    for (const connection of this.#open.keys()) connection.destroy('the ledger is closed');
  }

  /** One that is idle, or a new one where there may be more; `undefined` where none can be had. */
  async #leastBusy(): Promise<Connection | undefined> {
    let [best, least] = [undefined as Connection | undefined, Number.POSITIVE_INFINITY];
    for (const [connection, calls] of this.#open) {
      if (calls < least) [best, least] = [connection, calls];
    }
    const mayOpen = this.#open.size + this.#opening < this.#maxConnections && !this.#isOver;
    if (least === 0 || !mayOpen) return best;
    return (await this.#openOne()) ?? best;
  }

  async #openOne(): Promise<Connection | undefined> {
    this.#opening++;
    try {
      const connection = await Connection.open(this.#settings);
      if (this.#isOver) {
        connection.destroy('the ledger is closed');
        return undefined;
      }
      this.#open.set(connection, 0);
      connection.lost.addEventListener('abort', () => this.#open.delete(connection), { once: true });
      return connection;
    } catch {
      // There may be as many connections as the database takes.
      return undefined;
    } finally {
      this.#opening--;
    }
  }
}
