import { requireValueName, requireValueSize, SharedValues } from '../shared_values';
import type { Connection, DatabaseSettings } from './connection';
import { KeptConnection } from './kept_connection';

/**
 * The values in the table `shared_values` of a ledger's database. Each call is one statement, in a transaction of its own,
 * over a connection that is held to what a server's is: a commit that may be lost is no answer.
 */
export class PostgresSharedValues implements SharedValues {
  readonly #kept: KeptConnection<Connection>;

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @param stop ends what is under way: it is rejected
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database commits unsafely, or holds no ledger of this version
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<PostgresSharedValues> {
    const prepare = (connection: Connection): Promise<Connection> => Promise.resolve(connection);
    return new PostgresSharedValues(await KeptConnection.open({ database: settings, stop, prepare }));
  }

  private constructor(kept: KeptConnection<Connection>) {
    this.#kept = kept;
  }

  /**
   * The lock makes the read a change, which waits for the standby as a commit does: what another server's call has left
   * there, and was not told to be kept, is durable when it is read. It keeps no other call waiting.
   */
  async read(name: string): Promise<Buffer | undefined> {
    requireValueName(name);
    const [row] = await this.#kept.run((connection) =>
      connection.query<{ value: Buffer }>(
        'SELECT value FROM shared_values WHERE name = $1 FOR KEY SHARE',
        [name],
        'value_read',
      ),
    );
    return row?.value;
  }

  /** Of statements that replace one value at the same time, each waits for the one before, and then sees its value. */
  async replace(name: string, known: Buffer | undefined, value: Buffer): Promise<boolean> {
    requireValueName(name);
    requireValueSize(value);
    const rows = await this.#kept.run((connection) =>
      known === undefined
        ? connection.query(
            'INSERT INTO shared_values (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name',
            [name, value],
            'value_add',
          )
        : connection.query(
            'UPDATE shared_values SET value = $3 WHERE name = $1 AND value = $2 RETURNING name',
            [name, known, value],
            'value_replace',
          ),
    );
    return rows.length === 1;
  }

  close(): Promise<void> {
    return this.#kept.close();
  }
}
