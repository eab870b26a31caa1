/** A connection that outlasts its losses: what was under way is refused, and the next call connects again. */
import { ErrorReply } from '@redis/client';

import { ConfigurationError, oneLine, OperationError } from '../../../program/exit';
import { ledgerClosed, LedgerDamaged, LedgerUnavailable } from '../ledger';
import { untilOpened } from '../remote/until_opened';
import { connectError, explanationOf, RedisUnreachable } from './connect_errors';
import { Connection, DatabaseSettings } from './connection';
import { unsafeMessage } from './durability';
import { KeptFile } from './kept_file';
import { requireVersion } from './preparation';
import { readScript } from './scripts';

/** The connection of those who follow a ledger that servers have open. */
export class KeptConnection {
  readonly #settings: DatabaseSettings;
  readonly #settleScript = readScript('settle.lua');
  readonly #end = new AbortController();
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;

  /**
   * Connects. A database that cannot be reached is waited for until the program is to stop.
   *
   * @param stop ends what is under way, and connects no more
   * @throws ConfigurationError when the URL is not valid, its user or database is refused, or the user lacks a permission
   * @throws OperationError when the database stores unsafely, or holds no ledger of a known version
   */
  static async open(settings: DatabaseSettings, stop?: AbortSignal): Promise<KeptConnection> {
    const kept = new KeptConnection(settings, stop);
    const isPassing = (error: unknown): boolean => error instanceof RedisUnreachable;
    try {
      kept.#connection = await untilOpened(() => kept.#connect(), isPassing, { stop });
    } catch (error) {
      throw explanationOf(error);
    }
    return kept;
  }

  private constructor(settings: DatabaseSettings, stop: AbortSignal | undefined) {
    this.#settings = { ...settings, keptFile: settings.keptFile ?? new KeptFile() };
    const end = (): void => this.#end.abort(stop?.reason);
    stop?.addEventListener('abort', end, { once: true, signal: this.#end.signal });
    if (stop?.aborted === true) end();
  }

  /**
   * The connection; a new one when it was lost. One attempt is made.
   *
   * @throws LedgerUnavailable when there is none now
   * @throws LedgerDamaged when the ledger is gone
   */
  async connection(): Promise<Connection> {
    this.#requireOpen();
    if (this.#connection?.lost.aborted === false) return this.#connection;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    try {
      this.#connection = await this.#connecting;
    } catch (error) {
      this.#requireOpen();
      throw error instanceof LedgerDamaged ? error : new LedgerUnavailable(explanationOf(error).message);
    }
    return this.#connection;
  }

  /**
   * Makes a call over this connection, and no other. What it raises that may pass ends the connection: the next one may
   * lead to another Redis.
   *
   * @throws LedgerUnavailable when the connection is lost, or the database cannot do it now
   * @throws LedgerDamaged, or another OperationError for what does not pass by itself
   */
  async over<Result>(
    connection: Connection,
    call: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await call(connection);
    } catch (error) {
      if (error instanceof LedgerDamaged) throw error;
      if (!connection.lost.aborted) {
        const meant = error instanceof ErrorReply ? connectError(error, connection.place) : error;
        if (!isPassing(meant)) throw meant;
        connection.destroy(oneLine(meant));
      }
      throw new LedgerUnavailable(explanationOf(connection.lost.reason).message);
    }
  }

  /** Makes a call over the connection. @throws as {@link connection} and {@link over} */
  async use<Result>(call: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.over(await this.connection(), call);
  }

  /**
   * Makes sure that all that was read before this call is durable, as what a server has answered is: the file is synced,
   * and is the one that the next start reads. To be called within {@link over}.
   */
  async settle(connection: Connection): Promise<void> {
    await Promise.all([connection.call(['EVAL', this.#settleScript, '0']), requireSafe(connection)]);
  }

  /** Ends the connection, and what is under way. */
  async close(): Promise<void> {
    const ending = this.#end.signal.aborted ? undefined : this.#connection?.end();
    this.#end.abort(ledgerClosed());
    await ending;
    await this.#connecting?.catch(() => undefined);
  }

  #requireOpen(): void {
    if (this.#end.signal.aborted) throw ledgerClosed();
  }

  /** @throws RedisUnreachable for what passes by itself; another error for what does not */
  async #connect(): Promise<Connection> {
    const { signal } = this.#end;
    const connection = await Connection.open(this.#settings, signal);
    const end = (): void => void connection.end();
    signal.addEventListener('abort', end, { once: true });
    connection.lost.addEventListener('abort', () => signal.removeEventListener('abort', end), { once: true });
    try {
      await this.#requireLedger(connection);
      await this.settle(connection);
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      const isLost = connection.lost.aborted;
      connection.destroy('it is of no use');
      if (error instanceof OperationError) throw error;
      throw isLost ? new RedisUnreachable(oneLine(error)) : connectError(error, connection.place);
    }
  }

  async #requireLedger(connection: Connection): Promise<void> {
    if ((await requireVersion(connection)) > 0) return;
    if (this.#connection === undefined) throw new OperationError('the database holds no ledger');
    throw ledgerGone();
  }
}

/**
 * Makes sure that what was changed before this call is stored, as the database is set up now. Where it is not, the
 * connection is ended: the next one finds out.
 *
 * @throws Error then
 */
export async function requireSafe(connection: Connection): Promise<void> {
  const unsafe = await connection.unsafety();
  if (unsafe === undefined) return;
  connection.destroy(unsafeMessage(unsafe));
  connection.lost.throwIfAborted();
}

/** The error of a ledger that was there before. */
export function ledgerGone(): LedgerDamaged {
  return new LedgerDamaged('the database holds no ledger any more');
}

/** An error of a database that takes no changes now, or in which an operator can mend something. */
function isPassing(error: unknown): boolean {
  return error instanceof RedisUnreachable || error instanceof ConfigurationError;
}
