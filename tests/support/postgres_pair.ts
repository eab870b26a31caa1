/** A PostgreSQL and its standby, behind one address, with a database of a test's own: for tests that fail over. */
import { Relay } from '../../server/ledger/remote/testing/relay';
import { TestDatabase } from '../../server/ledger/postgres/testing/test_database';
import { PostgresServer } from './postgres';

/** A primary that replicates to a standby, and the address that leads to the primary until it is turned over. */
export class PostgresPair {
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
  /** The ledger's database at the primary. */
  readonly database: TestDatabase;
  /** The same at the standby. */
  readonly copy: TestDatabase;
  readonly address: Relay;

  /** Makes both. @param isSynchronous whether a commit of the primary waits for the standby */
  static async start({ isSynchronous }: { readonly isSynchronous: boolean }): Promise<PostgresPair> {
    const primary = await PostgresServer.start();
    try {
      const database = await TestDatabase.create(primary);
      const standby = await primary.startStandby();
      const pair = new PostgresPair(primary, standby, database, await Relay.start(primary.url()));
      if (isSynchronous) await configure(database, 'synchronous_standby_names', '*');
      await pair.untilReplicated(isSynchronous ? 'sync' : 'async');
      return pair;
    } catch (error) {
      await primary.remove();
      throw error;
    }
  }

  private constructor(
    primary: PostgresServer,
    standby: PostgresServer,
    database: TestDatabase,
    address: Relay,
  ) {
    this.primary = primary;
    this.standby = standby;
    this.database = database;
    this.copy = database.at(standby);
    this.address = address;
  }

  /** The database by way of the address. */
  get url(): string {
    return this.address.url(this.database.url);
  }

  /** Waits until the standby has all that the primary has committed by now. */
  async untilReplicated(state = ''): Promise<void> {
    const [now] = await this.database.sql<{ place: string }>('SELECT pg_current_wal_lsn()::text AS place');
    await this.database.untilFound(
      `SELECT FROM pg_stat_replication WHERE flush_lsn >= '${now?.place ?? ''}' AND sync_state LIKE '${state}%'`,
    );
  }

  /** The standby follows no more: it has what it has. */
  async detach(): Promise<void> {
    await configure(this.copy, 'primary_conninfo', '');
    await this.copy.untilFound('SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
    await this.database.untilFound('SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_replication)');
  }

  /** The standby takes changes from now on. */
  async promote(): Promise<void> {
    await this.copy.sql('SELECT pg_promote()');
  }

  /** New connections lead to the standby from now on. */
  turnOver(): void {
    this.address.turnTo(this.standby.url());
  }

  /** The primary is lost; the standby takes its place and its address. */
  async failOver(): Promise<void> {
    await this.primary.stop('immediate');
    await this.promote();
    this.turnOver();
  }

  /**
   * Waits until a commit of the primary waits for the standby, and so many of the ledgers' connections for one: for their
   * own, or for a lock that such a commit still holds.
   */
  untilCommitWaits(connections = 1): Promise<void> {
    return this.database.untilFound(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() HAVING bool_or(wait_event = 'SyncRep')
         AND count(*) FILTER (WHERE wait_event = 'SyncRep' OR wait_event_type = 'Lock') >= ${connections}`,
    );
  }

  async remove(): Promise<void> {
    await this.address.close();
    await Promise.all([this.primary.remove(), this.standby.remove()]);
  }
}

async function configure(database: TestDatabase, setting: string, value: string): Promise<void> {
  await database.sql(`ALTER SYSTEM SET ${setting} = '${value}'`);
  await database.sql('SELECT pg_reload_conf()');
}
