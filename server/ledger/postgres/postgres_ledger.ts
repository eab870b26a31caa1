import { beginRun, RemoteLedger, RemoteLedgerSettings } from '../remote/remote_ledger';
import { requireLocks } from './advisory_locks';
import { Connection, DatabaseSettings, explanationOf } from './connection';
import { prepareDatabase } from './migration';
import { PostgresStore } from './postgres_store';
import { readFunctions } from './sql_files';
import { readState } from './state';

/** What the ledger needs: which database, and the program around it. */
export interface PostgresLedgerSettings extends DatabaseSettings, RemoteLedgerSettings {}

/** The ledger in PostgreSQL: a group is carried out by a function in the database (functions/lottery_commit.sql). */
export class PostgresLedger extends RemoteLedger {
  /**
   * Opens the ledger in a database, making its tables and functions if need be.
   *
   * @throws ConfigurationError when the ledger is that of a lottery with other terms, or the URL is refused
   * @throws OperationError when it cannot be opened, or the database commits unsafely
   */
  static async open(settings: PostgresLedgerSettings): Promise<PostgresLedger> {
    let connection: Connection | undefined;
    try {
      connection = await Connection.open(settings);
      await requireLocksBetween(connection, settings);
      const functions = readFunctions();
      await prepareDatabase(connection, settings.terms, settings.deadline, functions);
      const state = await readState(connection);
      const store = new PostgresStore(settings, functions.digest);
      return new PostgresLedger(await beginRun(store, store.over(connection), state, settings));
    } catch (error) {
      connection?.destroy('the ledger was not opened');
      throw explanationOf(error);
    }
  }
}

async function requireLocksBetween(connection: Connection, settings: DatabaseSettings): Promise<void> {
  const other = await Connection.open(settings);
  try {
    await requireLocks(connection, other);
  } finally {
    await other.end();
  }
}
