import { setTimeout as pause } from 'node:timers/promises';

import { Client } from 'pg';

import type { PostgresServer } from '../../../../tests/support/postgres';

/** The pause between two looks at what a test waits for. */
const LOOK_AGAIN_MS = 5;
let databases = 0;

/** A database for one test. */
export class TestDatabase {
  readonly #server: PostgresServer;
  readonly name: string;

  /** Makes an empty one, or a copy of another one that has no connections at that time. */
  static async create(server: PostgresServer, original?: TestDatabase): Promise<TestDatabase> {
    const database = new TestDatabase(server, `ledger_${++databases}`);
    const template = original === undefined ? '' : ` TEMPLATE ${original.name}`;
    await runSql(server.url(), `CREATE DATABASE ${database.name}${template}`);
    return database;
  }

  private constructor(server: PostgresServer, name: string) {
    this.#server = server;
    this.name = name;
  }

  /** The same database on another server: a standby of this one. */
  at(server: PostgresServer): TestDatabase {
    return new TestDatabase(server, this.name);
  }

  get url(): string {
    return this.#server.url(this.name);
  }

  /** Runs SQL over a new connection. */
  sql<Row extends object>(text: string): Promise<Row[]> {
    return runSql<Row>(this.url, text);
  }

  /** Waits until a query has a row. */
  async untilFound(text: string): Promise<void> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      while ((await client.query(text)).rows.length === 0) await pause(LOOK_AGAIN_MS);
    } finally {
      await client.end();
    }
  }

  /** The audit log of the ledger in it. */
  async auditLines(): Promise<string[]> {
    const rows = await this.sql<{ lines: string }>('SELECT lines FROM audit ORDER BY sequence');
    return rows.flatMap(({ lines }) => lines.split('\n').slice(0, -1));
  }

  /** The batches of the ledger in it: agency and id. */
  async batches(): Promise<readonly (readonly [number, number])[]> {
    const rows = await this.sql<{ agency: number; batch_id: number }>(
      'SELECT agency, batch_id FROM batches ORDER BY agency, batch_id',
    );
    return rows.map(({ agency, batch_id: batchId }) => [agency, batchId] as const);
  }

  /** Keeps every group from being carried out. @returns a function that ends this */
  async holdGroups(): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: this.url, application_name: 'test' });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN; LOCK TABLE audit, batches IN ACCESS EXCLUSIVE MODE');
    return () => client.end();
  }

  /** Waits until a group is held up by {@link holdGroups}. */
  untilGroupWaits(): Promise<void> {
    return this.untilFound(`${LEDGER_PROCESSES} AND wait_event_type = 'Lock'`);
  }

  /** Ends the connections of all ledgers. */
  async endConnections(): Promise<void> {
    await this.sql(`SELECT pg_terminate_backend(pid) FROM (${LEDGER_PROCESSES}) AS ledgers`);
  }
}

const LEDGER_PROCESSES = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'lottery'`;

async function runSql<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
