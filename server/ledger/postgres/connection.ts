import { Client, DatabaseError } from 'pg';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { connectToFirst, ConnectSettings, placeOf } from './connect';
import { beginSession, requireUsable, SessionRow } from './session';

/** Which database, and what it must do. */
export interface DatabaseSettings extends ConnectSettings {
  /** Accepts a database that may lose what it has committed when its machine fails. For experiments. */
  readonly allowUnsafeCommits?: boolean | undefined;
  /** How long a statement may run before the database ends it. 10 s if left out. */
  readonly statementTimeoutMs?: number | undefined;
}

/** A parameter of a statement. A buffer is sent as it is, everything else as text. */
export type Parameter = string | number | Buffer | null;

const STATEMENT_TIMEOUT_MS = 10_000;
/** How long after that limit the connection counts as lost: not even the database's own error has arrived. */
const LATE_ANSWER_MS = 2_000;
/** How long closing waits for the database. */
const END_TIMEOUT_MS = 100;

/** The routine in PostgreSQL that warns of a commit which did not wait for its standby. Its name is never translated. */
const SKIPPED_STANDBY = 'SyncRepWaitForLSN';

/**
 * One connection to the database. Any failure ends it, except an error that the database has answered. All its waits are
 * bounded.
 */
export class Connection {
  /** The process of the database that serves it, and since when: process ids are reused. */
  readonly backend: { readonly processId: number; readonly startedAt: string };
  /** Where its URL stands and the URL's key, as the error begins that a mistake in it is told with. */
  readonly place: string;
  readonly #client: Client;
  readonly #lost: AbortController;
  readonly #answerTimeoutMs: number;

  /**
   * Connects to the first host that can be used, and checks how the database commits.
   *
   * @param stop ends the attempt
   * @throws ConfigurationError when the URL is not valid, or its user, database or certificate is refused
   * @throws OperationError when the database commits unsafely or is too old
   * @throws DatabaseUnreachable when no host can be reached, or none takes changes
   */
  static open(settings: DatabaseSettings, stop?: AbortSignal): Promise<Connection> {
    return connectToFirst(settings, (client) => Connection.#over(client, settings), stop);
  }

  static async #over(client: Client, settings: DatabaseSettings): Promise<Connection> {
    const { allowUnsafeCommits = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = settings;
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the connection was ended')));
    client.on('notice', ({ routine }) => {
      if (routine !== SKIPPED_STANDBY) return;
      // It counts as committed, and the standby may not have it: a caller that asks again waits for the standby again.
      lost.abort(new Error('the database was told not to wait for its standby'));
      destroy(client);
    });
    try {
      await client.connect();
      const session = await beginSession(client, statementTimeoutMs);
      requireUsable(session, allowUnsafeCommits);
      return new Connection(client, lost, session, settings);
    } catch (error) {
      destroy(client);
      throw error;
    }
  }

  private constructor(
    client: Client,
    lost: AbortController,
    { process_id: processId, started_at: startedAt }: SessionRow,
    settings: DatabaseSettings,
  ) {
    this.#client = client;
    this.#lost = lost;
    this.#answerTimeoutMs = (settings.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS) + LATE_ANSWER_MS;
    this.backend = { processId, startedAt };
    this.place = placeOf(settings);
  }

  /** Aborted when the connection is lost or was ended; its reason says why. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Runs a statement. Its changes are committed when the promise resolves, unless a transaction was begun.
   *
   * @param name under which the database keeps the prepared statement
   * @throws DatabaseError when the database refuses it; another error when the connection is lost: it is not known then
   *   whether the statement was carried out
   */
  async query<Row extends object>(
    text: string,
    values: readonly Parameter[] = [],
    name?: string,
  ): Promise<Row[]> {
    const timer = setTimeout(() => this.destroy('the database does not answer'), this.#answerTimeoutMs);
    try {
      const query = { text, ...(name !== undefined && { name }) };
      const { rows } = await this.#client.query<Row>(query, values.length > 0 ? [...values] : undefined);
      // An answer after the warning that a commit did not wait for its standby does not count.
      this.#lost.signal.throwIfAborted();
      return rows;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs several statements in one transaction; it is committed when the promise resolves. @throws as `query` */
  async script(text: string): Promise<void> {
    await this.query(text);
  }

  /**
   * Calls whenever there is a notification on a channel. Those sent while there is no connection are lost.
   *
   * @throws as `query`
   */
  async listen(channel: string, call: () => void): Promise<void> {
    this.#client.on('notification', call);
    await this.query(`LISTEN ${channel}`);
  }

  /** Ends it properly, or by force when that takes too long. */
  async end(): Promise<void> {
    const timer = setTimeout(() => destroy(this.#client), END_TIMEOUT_MS);
    await this.#client.end().catch(() => undefined);
    clearTimeout(timer);
    this.destroy('the connection was ended');
  }

  /** Ends it at once: statements that are under way are rejected. */
  destroy(reason: string): void {
    this.#lost.abort(new Error(reason));
    destroy(this.#client);
  }
}

/** Whether a statement has failed because a table, column, function or schema that it names does not exist. */
export function isUndefined(error: unknown): boolean {
  return error instanceof DatabaseError && /^(42P01|42703|42883|3F000)$/.test(error.code ?? '');
}

/** The error that the operator gets for any error of a connection, or of what was read over it. */
export function explanationOf(error: unknown): ConfigurationError | OperationError {
  if (error instanceof ConfigurationError || error instanceof OperationError) return error;
  return new OperationError(`the database: ${oneLine(error)}`);
}

function destroy(client: Client): void {
  // `end` would wait for the statement that is under way.
  client.connection.stream.destroy();
}
