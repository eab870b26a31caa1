/** A connection that outlasts its losses: what was under way is refused, and the next call connects again. */
import { DatabaseError } from 'pg';

import { oneLine, OperationError } from '../../../program/exit';
import { ledgerClosed, LedgerDamaged, LedgerUnavailable } from '../ledger';
import { untilOpened } from '../remote/until_opened';
import { asPassing, DatabaseUnreachable } from './connect';
import { Connection, DatabaseSettings, explanationOf } from './connection';
import { requireLedger } from './migration';

/** The SQLSTATE of a statement that the database has ended, since it took too long. */
const CANCELED = '57014';

/** How the database is reached, and what is done first over each connection. */
export interface KeptConnectionSettings<Prepared> {
  readonly database: DatabaseSettings;
  /** Ends what is under way, and connects no more. */
  readonly stop?: AbortSignal | undefined;
  /** Makes what the calls are given. @throws LedgerDamaged when the database is not the one that it was */
  readonly prepare: (connection: Connection) => Promise<Prepared>;
}

/** One connection, while it lasts. */
export class KeptSession<Prepared> {
  readonly #connection: Connection;
  readonly #prepared: Prepared;

  constructor(connection: Connection, prepared: Prepared) {
    this.#connection = connection;
    this.#prepared = prepared;
  }

  /** Whether the connection was lost. */
  get isLost(): boolean {
    return this.#connection.lost.aborted;
  }

  /**
   * Makes a call over this connection, and no other.
   *
   * @throws LedgerUnavailable when the connection is lost, or the database cannot do it now
   * @throws LedgerDamaged, or another OperationError for what does not pass by itself
   */
  async run<Result>(call: (prepared: Prepared) => Promise<Result>): Promise<Result> {
    try {
      return await call(this.#prepared);
    } catch (error) {
      if (error instanceof LedgerDamaged) throw error;
      if (this.isLost) throw unavailable(this.#connection.lost.reason);
      if (!isPassing(error)) throw explanationOf(error);
      // A database that stops says so before it ends the connection: the next call must not find it.
      if (asPassing(error) instanceof DatabaseUnreachable) this.destroy('the database cannot be used');
      throw unavailable(error);
    }
  }

  /** Ends it properly. */
  end(): Promise<void> {
    return this.#connection.end();
  }

  /** Ends it at once: calls that are under way are rejected. */
  destroy(reason: string): void {
    this.#connection.destroy(reason);
  }
}

/** The connection of those who follow a ledger that servers have open. */
export class KeptConnection<Prepared> {
  readonly #settings: KeptConnectionSettings<Prepared>;
  #session: KeptSession<Prepared> | undefined;
  #connecting: Promise<KeptSession<Prepared>> | undefined;
  readonly #closed = new AbortController();

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @throws ConfigurationError when the URL is not valid, or its user, database or certificate is refused
   * @throws OperationError when the database cannot be used, or holds no ledger of this version
   */
  static async open<Prepared>(settings: KeptConnectionSettings<Prepared>): Promise<KeptConnection<Prepared>> {
    const kept = new KeptConnection(settings);
    try {
      const passes = (error: unknown): boolean => error instanceof DatabaseUnreachable;
      kept.#session = await untilOpened(() => kept.#connect(), passes, { stop: settings.stop });
    } catch (error) {
      throw explanationOf(error);
    }
    return kept;
  }

  private constructor(settings: KeptConnectionSettings<Prepared>) {
    this.#settings = settings;
    const end = (): void => this.#session?.destroy('the program is to stop');
    settings.stop?.addEventListener('abort', end, { once: true, signal: this.#closed.signal });
  }

  /**
   * The connection; a new one when it was lost. One attempt is made.
   *
   * @throws LedgerUnavailable when there is none now
   * @throws LedgerDamaged when the database is not the one that it was
   */
  async session(): Promise<KeptSession<Prepared>> {
    this.#requireOpen();
    if (this.#session?.isLost === false) return this.#session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    try {
      this.#session = await this.#connecting;
    } catch (error) {
      this.#requireOpen();
      throw error instanceof LedgerDamaged ? error : unavailable(error);
    }
    return this.#session;
  }

  /** Makes a call over the connection. @throws as {@link session} and `run` of it */
  async run<Result>(call: (prepared: Prepared) => Promise<Result>): Promise<Result> {
    return (await this.session()).run(call);
  }

  /** Ends the connection, and what is under way. */
  async close(): Promise<void> {
    this.#closed.abort(ledgerClosed());
    const connecting = this.#connecting?.catch(() => undefined);
    await this.#session?.end();
    await (await connecting)?.end();
  }

  #requireOpen(): void {
    if (this.#closed.signal.aborted) throw ledgerClosed();
  }

  /** @throws DatabaseUnreachable for what passes by itself */
  async #connect(): Promise<KeptSession<Prepared>> {
    const { database, stop, prepare } = this.#settings;
    const signal = AbortSignal.any([this.#closed.signal, ...(stop === undefined ? [] : [stop])]);
    const connection = await Connection.open(database, signal);
    const end = (): void => connection.destroy('it is closed');
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    try {
      await requireLedger(connection);
      return new KeptSession(connection, await prepare(connection));
    } catch (error) {
      const isLost = connection.lost.aborted;
      connection.destroy('it is of no use');
      if (error instanceof OperationError) throw error;
      throw isLost ? new DatabaseUnreachable(oneLine(error)) : asPassing(error);
    } finally {
      signal.removeEventListener('abort', end);
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof LedgerUnavailable ||
    asPassing(error) instanceof DatabaseUnreachable ||
    (error instanceof DatabaseError && error.code === CANCELED)
  );
}

function unavailable(error: unknown): LedgerUnavailable {
  return error instanceof LedgerUnavailable ? error : new LedgerUnavailable(explanationOf(error).message);
}
