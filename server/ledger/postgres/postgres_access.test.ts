/** Roles: what each needs, what one is told that lacks something, and settings that a role brings along. */
import { Client } from 'pg';

import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresAuditReader } from './audit_reader';
import { PostgresLeafSource } from './leaf_source';
import { PostgresLedger, PostgresLedgerSettings } from './postgres_ledger';
import { PostgresSharedValues } from './shared_values';
import { readOperatingRights } from './testing/operating_rights';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 1, winnerNumber: 7_574 } satisfies LotteryTerms;
const TIMEOUT_MS = 60_000;
const ACCESS = ['host all postgres all trust', 'host all all all scram-sha-256'];
const ignore = (): void => undefined;

describeWithPostgres('a role of the database', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let trouble: string[];
  let waiting: string[];
  beforeAll(async () => {
    server = await PostgresServer.start({ access: ACCESS, settings: { max_connections: '20' } });
    const first = await TestDatabase.create(server);
    await first.sql("CREATE ROLE owner LOGIN PASSWORD 'hidden'; CREATE ROLE clerk LOGIN PASSWORD 'hidden'");
  }, TIMEOUT_MS);
  afterAll(() => server.remove());
  beforeEach(async () => {
    [trouble, waiting] = [[], []];
    database = await TestDatabase.create(server);
  });

  const urlOf = (role: string, password = 'hidden'): string =>
    database.url.replace('postgres@', `${role}:${password}@`);
  const open = async (
    url: string,
    more: Partial<PostgresLedgerSettings> = {},
  ): Promise<LedgerCalls<PostgresLedger>> =>
    new LedgerCalls(
      await PostgresLedger.open({
        url,
        urlFrom: 'environment',
        terms: TERMS,
        maxBatchBytes: 1024 * 1024,
        maxOutageMs: 100,
        onBroken: ignore,
        onTrouble: (reason) => trouble.push(reason),
        onWaiting: (reason) => waiting.push(reason),
        ...more,
      }),
      TERMS.winnerNumber,
    );

  /** A whole lottery: every kind of operation is carried out. */
  async function play(ledger: LedgerCalls<PostgresLedger>): Promise<void> {
    expect(await ledger.append(batchOf(1, 1))).toBe('stored');
    await ledger.standing(1);
    await ledger.standings(0, 1);
    await ledger.putNotes(1, { a: '1', b: '2' });
    await ledger.countNote(1, 'a', 1n);
    await ledger.deleteNote(1, 'b');
    expect(await ledger.listNotes(1)).toHaveLength(1);
    expect(await ledger.noteText(1, 'a')).toBe('2');
    await ledger.finish(1);
    await ledger.draw();
  }

  async function expectRefusal(role: string, line: RegExp, password = 'hidden'): Promise<void> {
    await expect(open(urlOf(role, password))).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(/^environment: DATABASE_URL: (?!.*hidden)[^\n]*$/) as string,
    });
    await expect(open(urlOf(role, password))).rejects.toThrow(line);
  }

  test('with CREATE on the schema makes its own tables', async () => {
    await expectRefusal('owner', /the role "owner" lacks CREATE on schema public/);
    await database.sql('GRANT CREATE ON SCHEMA public TO owner');
    const ledger = await open(urlOf('owner'));
    await play(ledger);
    await ledger.close();
  });

  test('without USAGE on any schema is told so', async () => {
    await database.sql('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    await expectRefusal('clerk', /lacks USAGE on a schema of its search_path \("\$user", public\)/);
  });

  describe('over tables that another one has made', () => {
    beforeEach(async () => {
      await database.sql('GRANT CREATE ON SCHEMA public TO owner');
      await (await open(urlOf('owner'))).close();
    });

    test('needs what docs/OPERATING.md grants it, and can change no bet', async () => {
      for (const grant of readOperatingRights('clerk')) await database.sql(grant);
      const ledger = await open(urlOf('clerk'));
      await play(ledger);
      await ledger.close();
      const values = await PostgresSharedValues.open({ url: urlOf('clerk') });
      expect(await values.replace('name', undefined, Buffer.from('one'))).toBe(true);
      expect(await values.replace('name', Buffer.from('one'), Buffer.from('two'))).toBe(true);
      expect(await values.read('name')).toEqual(Buffer.from('two'));
      await values.close();
      const source = await PostgresLeafSource.open({ url: urlOf('clerk') });
      expect(await source.draw()).toBeDefined();
      for await (const { sequence } of source.read(0)) expect(sequence).toBeGreaterThan(0);
      await source.close();
      const client = new Client({ connectionString: urlOf('clerk') });
      await client.connect();
      for (const change of [
        'UPDATE batches SET bets = 0',
        'DELETE FROM batches',
        'DELETE FROM audit',
        'DELETE FROM draws',
      ]) {
        await expect(client.query(change)).rejects.toThrow('permission denied');
      }
      await client.end();
    });

    test('audits with SELECT only', async () => {
      const tables =
        'ledger_version, lottery, standings, batches, finished_agencies, draws, winners, audit, notes';
      await database.sql(`GRANT USAGE ON SCHEMA public TO clerk; GRANT SELECT ON ${tables} TO clerk`);
      const reader = await PostgresAuditReader.open({ url: urlOf('clerk') }, new AbortController().signal);
      expect(await reader.lastSequence()).toBe(0);
      const snapshot = await reader.snapshot();
      for await (const batch of snapshot.batches()) throw new Error(`batch ${batch.batchId} is there`);
      for await (const note of snapshot.notes()) throw new Error(`note ${note.name} is there`);
      expect(await snapshot.findWinners()).toMatchObject({ winners: new Map() });
      await reader.close();
    });

    test.each([
      ['INSERT ON audit', /lacks INSERT on table audit: GRANT it/],
      ['SELECT ON ledger_version', /lacks SELECT on table ledger_version/],
      ['UPDATE ON ledger_version', /lacks UPDATE on table ledger_version/],
      ['DELETE ON notes', /lacks DELETE on table notes/],
      ['UPDATE ON shared_values', /lacks UPDATE on table shared_values/],
      ['DELETE ON writers', /lacks DELETE on table writers/],
      ['USAGE ON SEQUENCE audit_sequence', /lacks USAGE on sequence audit_sequence/],
      ['SELECT, INSERT ON draws', /lacks SELECT on table draws, INSERT on table draws/],
    ])('that lacks %s gets a line that names it', async (right, line) => {
      for (const grant of readOperatingRights('clerk')) await database.sql(grant);
      await database.sql(`REVOKE ${right} FROM clerk`);
      await expectRefusal('clerk', line);
    });

    test('that lacks everything, and one that would have to change them', async () => {
      await expectRefusal('clerk', /lacks .*INSERT on table batches.*USAGE on sequence ask_sequence/);
      for (const grant of readOperatingRights('clerk')) await database.sql(grant);
      await database.sql("UPDATE ledger_version SET functions = 'of another build'");
      await expectRefusal(
        'clerk',
        /belong to the role "owner" and not to "clerk": start it once with a URL of the owner/,
      );
    });
  });

  test('that is unknown, has another password, none, or no such database', async () => {
    await expectRefusal('nobody', /password authentication failed for user "nobody"/);
    await expectRefusal('clerk', /password authentication failed for user "clerk"/, 'hidden2');
    await expectRefusal('clerk', /asks for a password of the role "clerk", and none is given/, '');
    await database.sql(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
    await expectRefusal('clerk', /permission denied for database/);
  });

  test('whose password changes: the ledger goes on over its connections, and says why it gets no other', async () => {
    await database.sql(`GRANT CREATE ON SCHEMA public TO owner; ALTER ROLE owner PASSWORD 'hidden'`);
    const ledger = await open(urlOf('owner'));
    await database.sql("ALTER ROLE owner PASSWORD 'new'");
    expect(await ledger.append(batchOf(1, 1))).toBe('stored');
    await database.endConnections();
    const isTold = (): boolean =>
      trouble.some((reason) => /no connection.*password authentication failed/.test(reason));
    while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    expect(trouble.join()).not.toContain('hidden');
    await database.sql("ALTER ROLE owner PASSWORD 'hidden'");
    while ((await ledger.append(batchOf(1, 2)).catch(() => undefined)) === undefined);
    await ledger.close();
  });

  test('that may have no connection more is waited for', async () => {
    await database.sql('GRANT CREATE ON SCHEMA public TO owner; ALTER ROLE owner CONNECTION LIMIT 0');
    const opening = open(urlOf('owner'));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(waiting).toEqual([expect.stringMatching(/too many connections for role "owner"/)]);
    await database.sql('ALTER ROLE owner CONNECTION LIMIT -1');
    await (await opening).close();
  });

  test('with limits of its own: the session has those of the server', async () => {
    await database.sql('GRANT CREATE ON SCHEMA public TO owner');
    const limits = {
      statement_timeout: '20ms',
      lock_timeout: '1ms',
      idle_session_timeout: '20ms',
      idle_in_transaction_session_timeout: '20ms',
      default_transaction_isolation: 'serializable',
    };
    // PostgreSQL 13 lacks one of them.
    const known = await database.sql<{ name: string }>('SELECT name FROM pg_settings');
    for (const [name, value] of Object.entries(limits)) {
      if (!known.some((setting) => setting.name === name)) continue;
      await database.sql(`ALTER ROLE owner IN DATABASE ${database.name} SET ${name} = '${value}'`);
    }
    const ledger = await open(urlOf('owner'));
    const release = await database.holdGroups();
    const stored = ledger.append(batchOf(1, 1));
    await database.untilGroupWaits();
    // Longer than any of the role's limits, both for the group that waits and for the connections that are idle.
    await database.sql('SELECT pg_sleep(0.1)');
    await release();
    expect(await stored).toBe('stored');
    await database.sql('SELECT pg_sleep(0.1)');
    expect(await ledger.append(batchOf(1, 2))).toBe('stored');
    expect(trouble).toEqual([]);
    await ledger.close();
  });
});
