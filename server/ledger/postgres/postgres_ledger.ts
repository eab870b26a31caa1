import { oneLine, OperationError, ConfigurationError } from '../../../program/exit';
import { beginRun, RemoteLedger, RemoteLedgerSettings } from '../remote/remote_ledger';
import { OpeningSettings, untilOpened } from '../remote/until_opened';
import { requireLocks } from './advisory_locks';
import { asPassing, DatabaseUnreachable } from './connect';
import { Connection, DatabaseSettings, explanationOf } from './connection';
import { prepareDatabase } from './migration';
import { requireOwnSessions } from './pooler';
import { PostgresStore } from './postgres_store';
import { readFunctions } from './sql_files';
import { readState } from './state';

/** What the ledger needs: which database, and the program around it. */
export interface PostgresLedgerSettings extends DatabaseSettings, RemoteLedgerSettings, OpeningSettings {}

/** The ledger in PostgreSQL: a group is carried out by a function in the database (functions/lottery_commit.sql). */
export class PostgresLedger extends RemoteLedger {
  /**
   * Opens the ledger in a database, making its tables and functions if need be. A database that cannot be reached, or
   * not be used yet, is waited for until the program is to stop.
   *
   * @throws ConfigurationError when the ledger is that of a lottery with other terms, the URL is refused, or the role
   *   lacks a privilege
   * @throws OperationError when it cannot be opened, or the database commits unsafely
   */
  static async open(settings: PostgresLedgerSettings): Promise<PostgresLedger> {
    const isPassing = (error: unknown): boolean => error instanceof DatabaseUnreachable;
    try {
      return await untilOpened(() => PostgresLedger.#openOnce(settings), isPassing, settings);
    } catch (error) {
      throw explanationOf(error);
    }
  }

  static async #openOnce(settings: PostgresLedgerSettings): Promise<PostgresLedger> {
    const { stop } = settings;
    const connection = await Connection.open(settings, stop);
    const end = (): void => connection.destroy('the program is to stop');
    stop?.addEventListener('abort', end, { once: true });
    try {
      await requireOwnLocks(connection, settings);
      const functions = readFunctions();
      await prepareDatabase(connection, settings.terms, settings.deadline, functions);
      const state = await readState(connection);
      const store = new PostgresStore(settings, functions.digest);
      return new PostgresLedger(await beginRun(store, store.over(connection), state, settings));
    } catch (error) {
      const isLost = connection.lost.aborted;
      connection.destroy('the ledger was not opened');
      if (error instanceof ConfigurationError || error instanceof OperationError) throw error;
      throw isLost ? new DatabaseUnreachable(oneLine(error)) : asPassing(error);
    } finally {
      stop?.removeEventListener('abort', end);
    }
  }
}

/** Makes sure that sessions and locks are what they are at a PostgreSQL. */
async function requireOwnLocks(connection: Connection, settings: PostgresLedgerSettings): Promise<void> {
  const other = await Connection.open(settings, settings.stop);
  try {
    await requireOwnSessions(connection, other);
    await requireLocks(connection, other);
  } finally {
    await other.end();
  }
}
