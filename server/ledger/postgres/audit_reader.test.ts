import { Client } from 'pg';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { isPending } from '../../testing/settled';
import type { Sequential } from '../audit_reader';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresAuditReader } from './audit_reader';
import { LOTTERY_LOCK } from './database_constants';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const LINE = 'GET,/draw,200,0\n';
const LOOKS_FOR_GROUPS = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND query LIKE '%FROM pg_locks%' AND pid <> pg_backend_pid()`;

/** A commit group of another server, as far as the log knows it: it has a number, and has not ended. */
class GroupUnderWay {
  readonly sequence: number;
  readonly #client: Client;

  static async begin({ url }: TestDatabase): Promise<GroupUnderWay> {
    const client = new Client({ connectionString: url });
    // A test that has failed leaves it to the end of the server.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock_shared(${LOTTERY_LOCK})`);
    const { rows } = await client.query<{ sequence: string }>(`SELECT nextval('audit_sequence') AS sequence`);
    return new GroupUnderWay(client, Number(rows[0]!.sequence));
  }

  private constructor(client: Client, sequence: number) {
    this.#client = client;
    this.sequence = sequence;
  }

  async commit(): Promise<void> {
    await this.#client.query('INSERT INTO audit VALUES ($1, $2)', [this.sequence, LINE]);
    await this.#client.query('COMMIT');
    await this.#client.end();
  }

  async rollBack(): Promise<void> {
    await this.#client.query('ROLLBACK');
    await this.#client.end();
  }
}

async function collect<Item>(items: Sequential<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describeWithPostgres('PostgresAuditReader', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let ledger: LedgerCalls<PostgresLedger>;
  let reader: PostgresAuditReader;
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(server);
    const opened = await PostgresLedger.open({
      url: database.url,
      terms: { agencies: 3, winnerNumber: 7_574 },
      maxBatchBytes: 1024 * 1024,
      onBroken: () => undefined,
      onTrouble: () => undefined,
    });
    ledger = new LedgerCalls(opened, 7_574);
    reader = await PostgresAuditReader.open({ url: database.url }, new AbortController().signal);
  });
  afterEach(async () => {
    await reader.close();
    await ledger.close();
  });

  const sequencesUpTo = async (last: number): Promise<number[]> =>
    (await collect(reader.read(0, last))).map(({ sequence }) => sequence);

  /** Asks for the last sequence number, for which a group that is under way is waited for. */
  async function startWaiting(): Promise<{ readonly last: Promise<number> }> {
    const last = reader.lastSequence();
    await database.untilFound(LOOKS_FOR_GROUPS);
    expect(await isPending(last)).toBe(true);
    return { last };
  }

  test('an empty log', async () => {
    expect(await reader.lastSequence()).toBe(0);
    expect(await sequencesUpTo(0)).toEqual([]);
  });

  test('a line that may yet come above others is waited for, and nobody is kept from writing', async () => {
    await ledger.append(batchOf(1, 1));
    const group = await GroupUnderWay.begin(database);
    await ledger.append(batchOf(2, 1));
    const { last } = await startWaiting();
    expect(await ledger.append(batchOf(3, 1))).toBe('stored');
    await group.commit();
    expect([await last, group.sequence]).toEqual([3, 2]);
    expect(await sequencesUpTo(3)).toEqual([1, 2, 3]);
    expect(await reader.lastSequence()).toBe(4);
  });

  test('a number whose group has failed is missing', async () => {
    const group = await GroupUnderWay.begin(database);
    await ledger.append(batchOf(2, 1));
    const { last } = await startWaiting();
    await group.rollBack();
    expect(await last).toBe(2);
    expect(await sequencesUpTo(2)).toEqual([2]);
  });

  test('a group that has begun since is not waited for', async () => {
    const group = await GroupUnderWay.begin(database);
    await ledger.append(batchOf(1, 1));
    const { last } = await startWaiting();
    const later = await GroupUnderWay.begin(database);
    await group.commit();
    expect(await last).toBe(2);
    await later.rollBack();
  });

  test('nothing is waited for where nothing is new', async () => {
    await ledger.append(batchOf(1, 1));
    expect(await reader.lastSequence()).toBe(1);
    const group = await GroupUnderWay.begin(database);
    expect(await reader.lastSequence()).toBe(1);
    await group.rollBack();
  });

  test('any log is read, page by page', async () => {
    await database.sql(
      `INSERT INTO audit SELECT 2 * n, repeat('x', 3 * (n % 1000)) || E'\\n' FROM generate_series(1, 2500) AS n`,
    );
    const segments = await collect(reader.read(100, 4_800));
    expect(segments.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 2_350 }, (_, index) => 102 + 2 * index),
    );
    for (const { sequence, lines } of segments) {
      expect(lines).toHaveLength(3 * ((sequence / 2) % 1_000) + 1);
    }
    expect(await collect(reader.read(0, 1))).toEqual([]);
  });

  test('a snapshot stands still', async () => {
    await ledger.append(batchOf(1, 1));
    const snapshot = await reader.snapshot();
    await Promise.all([ledger.append(batchOf(1, 2)), ledger.finish(1)]);
    expect(await collect(snapshot.segments())).toHaveLength(1);
    expect(await collect(snapshot.batches())).toEqual([{ agency: 1, batchId: 1, bets: 1, segment: 1 }]);
    expect(await snapshot.findWinners()).toEqual({ winners: new Map() });
    expect(snapshot.stored).toMatchObject({ agencies: 3, isSaleClosed: false, finished: new Map() });
  });

  test('a snapshot has the batches segment by segment, in their order there', async () => {
    await database.sql(
      `INSERT INTO batches (agency, batch_id, sequence, position, bets, last_bet_id, digest, text)
       SELECT 1 + n % 3, n, 1 + (n * 7919) % 1000, n, 1, n, '', '' FROM generate_series(1, 9000) AS n`,
    );
    const batches = await collect((await reader.snapshot()).batches());
    expect(batches).toHaveLength(9_000);
    const places = batches.map(({ segment, batchId }) => segment * 10_000 + batchId);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});
