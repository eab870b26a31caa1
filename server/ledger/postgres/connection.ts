import { Client, DatabaseError, types } from 'pg';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';

/** Which database, and what it must do. */
export interface DatabaseSettings {
  /** `postgresql://user:password@host:port/database`, as for libpq. */
  readonly url: string;
  /** Accepts a database that may lose what it has committed when its machine fails. For experiments. */
  readonly allowUnsafeCommits?: boolean | undefined;
  /** How long a statement may run before the database ends it. 10 s if left out. */
  readonly statementTimeoutMs?: number | undefined;
}

/** A parameter of a statement. A buffer is sent as it is, everything else as text. */
export type Parameter = string | number | Buffer | null;

/** How long connecting may take, and then reading the settings of the session. */
const CONNECT_TIMEOUT_MS = 2_000;
/** How long a statement may wait for locks. */
const LOCK_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** How long after that limit the connection counts as lost: not even the database's own error has arrived. */
const LATE_ANSWER_MS = 2_000;
/** How often the database checks, during a statement, that its client is still there. */
const CHECK_INTERVAL_MS = 100;
/** How long closing waits for the database. */
const END_TIMEOUT_MS = 100;

const OLDEST_VERSION = 130_000;
/** The routine in PostgreSQL that warns of a commit which did not wait for its standby. Its name is never translated. */
const SKIPPED_STANDBY = 'SyncRepWaitForLSN';
/** SQLSTATE classes of a refused login, and of a database that does not exist. */
const WRONG_ACCESS = /^(28|3D)/;

const DATABASE_URL = /^postgres(ql)?:\/\//;

interface SessionRow {
  readonly version: number;
  readonly synchronous_commit: string;
  readonly fsync: string;
  readonly standby_names: string;
  readonly is_read_only: string;
  readonly started_at: string;
  readonly process_id: number;
}

/**
 * One connection to the database. Any failure ends it, except an error that the database has answered. All its waits are
 * bounded.
 */
export class Connection {
  /** The process of the database that serves it, and since when: process ids are reused. */
  readonly backend: { readonly processId: number; readonly startedAt: string };
  readonly #client: Client;
  readonly #lost: AbortController;
  readonly #answerTimeoutMs: number;

  /**
   * Connects and checks how the database commits.
   *
   * @throws ConfigurationError when the URL is not valid, or its user or database is refused
   * @throws OperationError when the database commits unsafely, is too old, or is read-only; another error when it
   *   cannot be reached
   */
  static async open(settings: DatabaseSettings): Promise<Connection> {
    const { url, allowUnsafeCommits = false, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = settings;
    const client = newClient(url, statementTimeoutMs);
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
      const session = await readSession(client);
      requireUsable(session, allowUnsafeCommits);
      return new Connection(client, lost, session, statementTimeoutMs + LATE_ANSWER_MS);
    } catch (error) {
      destroy(client);
      throw asAccessError(error);
    }
  }

  private constructor(client: Client, lost: AbortController, session: SessionRow, answerTimeoutMs: number) {
    this.#client = client;
    this.#lost = lost;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.backend = { processId: session.process_id, startedAt: session.started_at };
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

function newClient(url: string, statementTimeoutMs: number): Client {
  try {
    if (!DATABASE_URL.test(url)) throw new TypeError('another kind of URL');
    const client = new Client({
      connectionString: url,
      application_name: 'lottery',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: statementTimeoutMs,
    });
    // A ledger has no number that JavaScript does not hold exactly.
    client.setTypeParser(types.builtins.INT8, Number);
    return client;
  } catch {
    // The library's message may repeat the URL with its password.
    throw new ConfigurationError('DATABASE_URL is no postgresql://user:password@host:port/database');
  }
}

/** Sets up the session, and reads its settings. */
async function readSession(client: Client): Promise<SessionRow> {
  const timer = setTimeout(() => destroy(client), CONNECT_TIMEOUT_MS);
  try {
    // What waits in the database when its server dies must not be carried out later. PostgreSQL 13 lacks the setting.
    await client.query(`SET client_connection_check_interval = ${CHECK_INTERVAL_MS}`).catch(() => undefined);
    const { rows } = await client.query<SessionRow>(`
      SELECT
        current_setting('server_version_num')::integer AS version,
        -- Set to its present value, it stays when the database's configuration changes.
        set_config('synchronous_commit', current_setting('synchronous_commit'), false) AS synchronous_commit,
        current_setting('fsync') AS fsync,
        current_setting('synchronous_standby_names') AS standby_names,
        current_setting('transaction_read_only') AS is_read_only,
        set_config('default_transaction_isolation', 'read committed', false),
        set_config('jit', 'off', false),
        set_config('client_min_messages', 'warning', false),
        backend_start::text AS started_at,
        pid AS process_id
      FROM pg_stat_activity WHERE pid = pg_backend_pid()`);
    return rows[0]!;
  } finally {
    clearTimeout(timer);
  }
}

function requireUsable(session: SessionRow, allowUnsafeCommits: boolean): void {
  if (session.version < OLDEST_VERSION) throw new OperationError('the database is older than PostgreSQL 13');
  if (session.is_read_only === 'on') throw new Error('the database takes no changes');
  const unsafe = allowUnsafeCommits ? undefined : unsafeSetting(session);
  if (unsafe === undefined) return;
  throw new OperationError(
    `the database has ${unsafe}: what it commits may be lost, and an acknowledged bet must not be ` +
      '(DATABASE_UNSAFE_COMMITS = allow takes it all the same)',
  );
}

/** The setting that makes commits unsafe, if there is one. */
function unsafeSetting({ fsync, synchronous_commit, standby_names }: SessionRow): string | undefined {
  if (fsync === 'off') return 'fsync = off';
  if (synchronous_commit === 'off') return 'synchronous_commit = off';
  // A standby that is promoted may lack what was acknowledged.
  if (standby_names === '' || !/^(local|remote_write)$/.test(synchronous_commit)) return undefined;
  return `synchronous_commit = ${synchronous_commit} beside synchronous_standby_names`;
}

function asAccessError(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !WRONG_ACCESS.test(error.code ?? '')) return error;
  return new ConfigurationError(`DATABASE_URL: ${oneLine(error)}`);
}

function destroy(client: Client): void {
  // `end` would wait for the statement that is under way.
  client.connection.stream.destroy();
}
