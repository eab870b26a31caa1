import { Client, DatabaseError, types } from 'pg';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';

/** Which database, and what is asked of it. */
export interface DatabaseSettings {
  /** `postgresql://user:password@host:port/database`, as libpq has it. */
  readonly url: string;
  /** Takes a database that may forget what it has committed when its machine fails. For trying things out. */
  readonly allowUnsafeCommits?: boolean | undefined;
  /** How long a statement may run: the database ends it then. 10 s if left out. */
  readonly statementTimeoutMs?: number | undefined;
}

/** What a parameter of a statement may be. A buffer is sent as it is, everything else as text. */
export type Parameter = string | number | Buffer | null;

/** How long connecting may take, with what is asked of the database then. */
const CONNECT_TIMEOUT_MS = 2_000;
/** How long a statement may wait for others' locks. */
const LOCK_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** So long behind that a statement's connection counts as lost: not even the database's own limit has come back. */
const LATE_ANSWER_MS = 2_000;
/** How often the database looks whether the other side of a statement that runs is still there. */
const CHECK_INTERVAL_MS = 100;
/** How long closing waits for the other side. */
const END_TIMEOUT_MS = 100;

const OLDEST_VERSION = 130_000;
/** The function of the database that warns of a commit which did not wait for its standby: no setting translates it. */
const SKIPPED_STANDBY = 'SyncRepWaitForLSN';
/** SQLSTATEs of logging in that is refused, and of a database that is not there. */
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
 * One connection to the database. Whatever goes wrong with it ends it, but an error that the database has answered.
 * Every wait on it is bounded.
 */
export class Connection {
  /** Which process of the database serves it, and since when: a number may be given again later. */
  readonly backend: { readonly processId: number; readonly startedAt: string };
  readonly #client: Client;
  readonly #lost: AbortController;
  readonly #answerTimeoutMs: number;

  /**
   * Connects and looks at how the database commits.
   *
   * @throws ConfigurationError when the URL is none, or names a user or a database that is refused
   * @throws OperationError when the database commits unsafely, is too old, or takes no changes; anything else when it
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
      // It counts as committed, and the standby may not have it: whoever asks again waits for the standby again.
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

  /** Aborted when the connection is lost, or was ended; its reason says why. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Runs a statement. What it has changed is committed when the promise resolves, unless a transaction was begun.
   *
   * @param name under which the database keeps the statement prepared
   * @throws DatabaseError when the database refuses it; another error when the connection is lost: whether it was
   *   carried out is not known then
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
      // An answer behind the warning that a commit did not wait for its standby is none.
      this.#lost.signal.throwIfAborted();
      return rows;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs several statements in one transaction, which is committed when the promise resolves. @throws as `query` */
  async script(text: string): Promise<void> {
    await this.query(text);
  }

  /**
   * Calls whenever something is told on a channel. What is told while there is no connection is lost.
   *
   * @throws as `query`
   */
  async listen(channel: string, call: () => void): Promise<void> {
    this.#client.on('notification', call);
    await this.query(`LISTEN ${channel}`);
  }

  /** Ends it in good order, or after a while in any way. */
  async end(): Promise<void> {
    const timer = setTimeout(() => destroy(this.#client), END_TIMEOUT_MS);
    await this.#client.end().catch(() => undefined);
    clearTimeout(timer);
    this.destroy('the connection was ended');
  }

  /** Ends it at once: what was asked is not answered any more. */
  destroy(reason: string): void {
    this.#lost.abort(new Error(reason));
    destroy(this.#client);
  }
}

/** Whether a statement has failed because what it names is not there. */
export function isUndefined(error: unknown): boolean {
  return error instanceof DatabaseError && /^(42P01|42703|42883|3F000)$/.test(error.code ?? '');
}

/** What whoever asked for something is told of an error of a connection, or of what was read over it. */
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
    // No number of a ledger is larger than what a number of JavaScript holds exactly.
    client.setTypeParser(types.builtins.INT8, Number);
    return client;
  } catch {
    // What the library says of a URL may repeat the password in it.
    throw new ConfigurationError('DATABASE_URL is no postgresql://user:password@host:port/database');
  }
}

/** Sets what the session needs, and reads what it has. */
async function readSession(client: Client): Promise<SessionRow> {
  const timer = setTimeout(() => destroy(client), CONNECT_TIMEOUT_MS);
  try {
    // What a server that has died left waiting there is not to be carried out later. PostgreSQL 13 cannot do it.
    await client.query(`SET client_connection_check_interval = ${CHECK_INTERVAL_MS}`).catch(() => undefined);
    const { rows } = await client.query<SessionRow>(`
      SELECT
        current_setting('server_version_num')::integer AS version,
        -- Set to what it is, it stays so when the database's configuration is changed.
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

/** What makes commits unsafe, if anything does. */
function unsafeSetting({ fsync, synchronous_commit, standby_names }: SessionRow): string | undefined {
  if (fsync === 'off') return 'fsync = off';
  if (synchronous_commit === 'off') return 'synchronous_commit = off';
  // A standby that takes over may not have on its disk what was answered.
  if (standby_names === '' || !/^(local|remote_write)$/.test(synchronous_commit)) return undefined;
  return `synchronous_commit = ${synchronous_commit} beside synchronous_standby_names`;
}

function asAccessError(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !WRONG_ACCESS.test(error.code ?? '')) return error;
  return new ConfigurationError(`DATABASE_URL: ${oneLine(error)}`);
}

function destroy(client: Client): void {
  // `end` alone would wait for the statement that is under way.
  client.connection.stream.destroy();
}
