import { Client } from 'pg';

import { OperationError } from '../../program/exit';
import { RunningServer } from '../contestants';
import { POSTGRESQL_USER } from '../peers/wires/postgresql_wire';

/** The database of all measurements. */
export interface DatabaseFigures {
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
  /** A number of bytes appended to a file in the same folder and synced with fdatasync, by this process. */
  readonly sync: { readonly bytes: number; readonly p50Ms: number; readonly p99Ms: number };
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const POLL_MS = 2;
/** What decides how fast it commits, as it is set. */
const TOLD_SETTINGS = [
  'synchronous_commit',
  'fsync',
  'full_page_writes',
  'wal_sync_method',
  'wal_compression',
  'shared_buffers',
  'max_wal_size',
];

/** What a database keeps of the bets. */
export interface StoredBets {
  readonly bets: number;
  /** Omitted where only bets are kept. */
  readonly batches?: number;
}

/** A look at the one database of all that is measured, over a connection of its own. */
export class Database {
  /** Its first process. */
  readonly processId: number;
  readonly port: number;
  readonly #client: Client;

  /** @param cluster that runs */
  static async open({ port, processId }: RunningServer): Promise<Database> {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: POSTGRESQL_USER,
      database: POSTGRESQL_USER,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
    });
    // The next query reports the error.
    client.on('error', () => undefined);
    await client.connect();
    return new Database(client, port, processId);
  }

  private constructor(client: Client, port: number, processId: number) {
    this.#client = client;
    this.port = port;
    this.processId = processId;
  }

  /** Where a server reaches it. */
  get url(): string {
    return `postgresql://${POSTGRESQL_USER}@127.0.0.1:${this.port}/${POSTGRESQL_USER}`;
  }

  /** The settings that decide how fast it commits. */
  async settings(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.#rows<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
      [TOLD_SETTINGS],
    );
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  /** Removes all tables, makes others, and writes what is left to be written, so that every run begins alike. */
  async beginAnew(tables = ''): Promise<void> {
    await this.#client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${tables}`);
    await this.#client.query('CHECKPOINT');
  }

  /** What the lottery has stored. */
  async storedBatches(): Promise<StoredBets> {
    return this.#row<{ bets: number; batches: number }>(
      'SELECT count(*)::float8 AS batches, coalesce(sum(bets), 0)::float8 AS bets FROM batches',
    );
  }

  /** What a table with a row for each bet holds. */
  async storedRows(): Promise<StoredBets> {
    return this.#row<{ bets: number }>('SELECT count(*)::float8 AS bets FROM bets');
  }

  /** How many bets were in the draw that is stored. */
  async drawnBets(): Promise<number> {
    return (await this.#row<{ bets: number }>('SELECT bets::float8 AS bets FROM draws')).bets;
  }

  /** How many bytes of write-ahead log it has written since it was made. */
  async walBytes(): Promise<number> {
    const query = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes`;
    return (await this.#row<{ bytes: number }>(query)).bytes;
  }

  /** What the batches take, and what all tables take, their indexes and what lies beside them included. */
  async tableBytes(): Promise<{ readonly batches: number; readonly all: number }> {
    return this.#row<{ batches: number; all: number }>(`
      SELECT pg_total_relation_size('batches')::float8 AS batches, (
        SELECT sum(pg_total_relation_size(oid)) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      )::float8 AS "all"`);
  }

  /**
   * Waits until so many agencies have finished.
   *
   * @throws OperationError when they have not within the limit
   */
  async finished(agencies: number, limitMs: number): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    const query = 'SELECT count(*)::float8 AS finished FROM finished_agencies';
    while ((await this.#row<{ finished: number }>(query)).finished < agencies) {
      if (performance.now() > deadlineMs)
        throw new OperationError("the agencies' FINs were not stored in time");
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #row<Row extends object>(query: string): Promise<Row> {
    const [row] = await this.#rows<Row>(query);
    if (row === undefined) throw new OperationError('the database has no answer');
    return row;
  }

  async #rows<Row extends object>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#client.query<Row>(query, values)).rows;
  }
}
