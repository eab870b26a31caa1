import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { Connection } from './connection';
import { withDigest } from '../remote/batch_digest';
import { LedgerCalls } from '../testing/ledger_calls';
import { COMMIT_STATEMENT, groupParameters } from './group_codec';
import { PostgresLedger, PostgresLedgerSettings } from './postgres_ledger';
import { beginRun, takeOver } from './run';
import { readFunctions } from './sql_files';
import { Relay } from '../remote/testing/relay';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const SHORT_OUTAGE_MS = 100;
const LONG_OUTAGE_MS = 60_000;
const ROUNDS = 5;

const ignore = (): void => undefined;

describeWithPostgres('PostgresLedger without its connection', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  let ledger: LedgerCalls<PostgresLedger>;
  let trouble: string[] = [];
  beforeAll(async () => void (server = await PostgresServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    trouble = [];
    database = await TestDatabase.create(server);
  });
  afterEach(() => ledger.close());

  const open = async (more: Partial<PostgresLedgerSettings> = {}): Promise<void> => {
    const opened = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      maxOutageMs: LONG_OUTAGE_MS,
      onBroken: ignore,
      onTrouble: (reason) => trouble.push(reason),
      ...more,
    });
    ledger = new LedgerCalls(opened, TERMS.winnerNumber);
  };

  test('lost before a group: the next call is carried out once, over a new one', async () => {
    await open();
    await ledger.append(batchOf(1, 1));
    await database.endConnections();
    expect(await ledger.append(batchOf(1, 2))).toBe('stored');
    expect(await database.auditLines()).toEqual([
      'PUT,/agencies/1/batches/1,201,0',
      'PUT,/agencies/1/batches/2,201,0',
    ]);
    expect(trouble).toEqual([expect.stringContaining('was lost')]);
  });

  test('lost while a group is carried out: it is carried out again, and counts once', async () => {
    await open();
    const release = await database.holdGroups();
    const outcome = ledger.append(batchOf(1, 1));
    await database.untilGroupWaits();
    const next = ledger.append(batchOf(1, 1), 'behind');
    await database.endConnections();
    await release();
    expect(await Promise.all([outcome, next])).toEqual(['stored', 'already-stored']);
    expect(await database.auditLines()).toEqual([
      'PUT,/agencies/1/batches/1,201,0',
      'PUT,/agencies/1/batches/1,200,behind',
    ]);
  });

  test('lost with the answers of a group that was stored: they are its answers', async () => {
    const relay = await Relay.start(database.url);
    await open({ url: relay.url(database.url) });
    const text = batchOf(1, 1, [{ id: 1 }, { id: 7 }]).text.toString();
    await ledger.append(batchOf(1, 1, [{ id: 1 }, { id: 7 }]));
    await ledger.finish(3);
    relay.holdAnswers();
    const answers = Promise.all([
      ledger.append(batchOf(1, 1)),
      ledger.append(batchOf(2, 1)),
      ledger.batchText(1, 1),
      ledger.standing(1),
      ledger.finish(2),
      ledger.drawState(1),
    ]);
    await database.untilFound('SELECT FROM writers WHERE group_number = 3');
    const lines = await database.auditLines();
    relay.cutClients();
    const found = await answers;
    expect([found[2]?.toString(), ...found.slice(3)]).toEqual([
      text,
      { lastBatchId: 1, lastBetId: 7, batches: 1, bets: 2, isFinished: false },
      2,
      'awaited',
    ]);
    expect(found.slice(0, 2)).toEqual(['conflict', 'stored']);
    expect(await ledger.finish(1)).toBe(3);
    expect((await database.auditLines()).slice(0, -1)).toEqual(lines);
    await relay.close();
  });

  test('lost with the answers to a close and a draw: they are its answers', async () => {
    const relay = await Relay.start(database.url);
    await open({ url: relay.url(database.url) });
    const { ledger: direct } = ledger;
    await ledger.finish(3);
    relay.holdAnswers();
    const terms = { missingAgencies: [1, 2], isCalledOff: false };
    const draw = { ...terms, winners: new Map([[1, '5']]), bets: 0, winnerNumber: TERMS.winnerNumber };
    const answers = Promise.all([
      direct.submit({ kind: 'close-sale', whenMissing: undefined }),
      direct.submit({ kind: 'close-sale', whenMissing: 'draw' }),
      direct.submit({ kind: 'close-sale', whenMissing: 'call-off' }),
      direct.submit({ kind: 'record-draw', draw }),
      direct.submit({ kind: 'record-draw', draw: { ...draw, bets: 9 } }),
      direct.submit({ kind: 'finish', agency: 1 }),
      direct.submit({ kind: 'batch-text', agency: 1, batchId: 2 }),
    ]);
    await database.untilFound('SELECT FROM writers WHERE group_number = 2');
    relay.cutClients();
    expect(await answers).toEqual([
      { outcome: 'not-due', dueInMs: undefined },
      { outcome: 'closed', terms },
      { outcome: 'already-closed', terms },
      draw,
      draw,
      { finished: 2, firstFinishedAtMs: expect.any(Number) as number },
      undefined,
    ]);
    await relay.close();
  });

  test('lost without the database noticing: what is under way there is ended, and counts once', async () => {
    const relay = await Relay.start(database.url);
    await open({ url: relay.url(database.url) });
    const release = await database.holdGroups();
    const outcome = ledger.append(batchOf(1, 1));
    await database.untilGroupWaits();
    const [former] = await database.sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'lottery' AND wait_event_type = 'Lock'`,
    );
    relay.cutClients();
    await database.untilFound(
      `SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${former?.pid ?? 0})`,
    );
    await release();
    expect(await outcome).toBe('stored');
    expect(await database.auditLines()).toEqual(['PUT,/agencies/1/batches/1,201,0']);
    await relay.close();
  });

  test('a group that waits in the database when its server dies is not carried out', async () => {
    await open();
    const dying = await Connection.open({ url: database.url });
    const runId = '00000000-0000-4000-8000-000000000002';
    await beginRun(dying, runId, readFunctions().digest);
    const release = await database.holdGroups();
    const operation = { kind: 'refused', action: 'GET', uri: '/', status: 404 } as const;
    const parameters = groupParameters({ runId, connection: 1, group: 1 }, [operation], undefined);
    const refused = expect(dying.query(COMMIT_STATEMENT, parameters)).rejects.toThrow();
    await database.untilGroupWaits();
    dying.destroy('its server has died');
    await refused;
    const { processId } = dying.backend;
    await database.untilFound(
      `SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${processId})`,
    );
    await release();
    expect(await database.auditLines()).toEqual([]);
  });

  test('a group of a connection that was replaced is refused, also when its process goes on', async () => {
    await open();
    const settings = { url: database.url };
    const [former, next] = await Promise.all([Connection.open(settings), Connection.open(settings)]);
    const runId = '00000000-0000-4000-8000-000000000001';
    await beginRun(former, runId, readFunctions().digest);
    const release = await database.holdGroups();
    const batch = withDigest(batchOf(1, 1));
    const operation = { kind: 'place', batch, ask: undefined, requestId: undefined } as const;
    const parameters = groupParameters({ runId, connection: 1, group: 1 }, [operation], undefined);
    const refused = expect(former.query(COMMIT_STATEMENT, parameters)).rejects.toThrow('taken this one');
    await database.untilGroupWaits();
    const stored = await takeOver(next, runId, 2, 'nobody');
    expect(stored.group_number).toBe(0);
    await release();
    await refused;
    expect([await database.batches(), await database.auditLines()]).toEqual([[], []]);
    await Promise.all([former.end(), next.end()]);
  });

  test('while it is away for too long, all calls are rejected together; then it works again', async () => {
    await open({ maxOutageMs: SHORT_OUTAGE_MS });
    await ledger.append(batchOf(1, 1));
    await server.stop('fast');
    const calls = [ledger.append(batchOf(1, 2)), ledger.finish(2), ledger.standing(1)];
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes).toEqual(
      calls.map(() => ({ status: 'rejected', reason: expect.objectContaining(UNAVAILABLE) as unknown })),
    );
    expect([ledger.ledger.isAvailable, ledger.queuedBytes]).toEqual([false, 0]);
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
    await server.start();
    const outcome = await untilTaken(() => ledger.append(batchOf(1, 2)));
    expect([outcome, ledger.ledger.isAvailable]).toEqual(['stored', true]);
    expect(await ledger.finish(1)).toBe(1);
    expect(await database.batches()).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  test('a database that begins to commit unsafely is not written to', async () => {
    await open({ maxOutageMs: SHORT_OUTAGE_MS });
    await database.sql(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
    await database.endConnections();
    await expect(ledger.append(batchOf(1, 1))).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining('synchronous_commit = off') as string,
    });
    await database.sql(`ALTER DATABASE ${database.name} RESET synchronous_commit`);
    expect(await untilTaken(() => ledger.append(batchOf(1, 1)))).toBe('stored');
  });

  test.each([
    ['has lost groups that it had committed', 'UPDATE writers SET group_number = 0'],
    ['is another one', 'DELETE FROM writers'],
    ['has lost its tables', 'DROP TABLE writers'],
  ])('when the database %s, nobody is answered any more', async (_, loss) => {
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    await ledger.append(batchOf(1, 1));
    await database.sql(loss);
    await database.endConnections();
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
  });

  test.each([
    ['a FIN', 'DELETE FROM finished_agencies WHERE agency = 2'],
    ['the draw', 'DELETE FROM draws'],
  ])('when the database has lost %s of others, nobody is answered any more', async (_, loss) => {
    const opened = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1,
      onBroken: ignore,
      onTrouble: ignore,
    });
    const other = new LedgerCalls(opened, TERMS.winnerNumber);
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    const drawn = new Promise<void>((resolve) => ledger.ledger.watch(({ draw }) => draw && resolve()));
    await other.finish(1);
    await other.finish(2);
    expect(await other.draw()).toMatchObject({ missingAgencies: [3], isCalledOff: false });
    await drawn;
    await other.close();
    await database.sql(loss);
    await database.endConnections();
    await expect(ledger.finish(3)).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
  });

  test('it can be closed while the database is away', async () => {
    await open();
    await server.stop('fast');
    const outcome = ledger.append(batchOf(1, 1)).catch((error: unknown) => error);
    await ledger.close();
    expect(await outcome).toMatchObject(UNAVAILABLE);
    await server.start();
  });

  test('it can be closed while the database does not answer', async () => {
    const relay = await Relay.start(database.url);
    await open({ url: relay.url(database.url) });
    relay.holdAnswers();
    const outcome = ledger.append(batchOf(1, 1)).catch((error: unknown) => error);
    await ledger.close();
    expect(await outcome).toMatchObject(UNAVAILABLE);
    await relay.close();
  });

  test('more than there is room for is rejected, and nothing else', async () => {
    await open({ maxBatchBytes: 1 });
    const large = batchOf(1, 1, [{ firstName: 'x'.repeat(100) }]);
    const text = Buffer.alloc(3 * 1024 * 1024, large.text);
    const calls = [1, 2, 3].map((batchId) => ledger.append({ ...large, batchId, text }));
    expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(ledger.queuedBytes).toBe(0);
  });

  test.each([
    ['killed', (): Promise<void> => server.stop('immediate')],
    ['stopped', (): Promise<void> => server.stop('fast')],
    ['cut off', (): Promise<void> => database.endConnections()],
  ])('under load, %s again and again: what was answered counts once', async (_, strike) => {
    await open();
    const answered = new Set<string>();
    const outcomes = new Set<string>();
    let isOver = false;
    const agencies = [1, 2, 3].map(async (agency) => {
      for (let batchId = 1; !isOver; batchId++) {
        outcomes.add(await ledger.append(batchOf(agency, batchId)));
        answered.add(`${agency},${batchId}`);
      }
    });
    for (let round = 0; round < ROUNDS; round++) {
      const before = answered.size;
      while (answered.size < before + 20) await new Promise((resolve) => setImmediate(resolve));
      await strike();
      await server.start();
    }
    isOver = true;
    await Promise.all(agencies);
    expect([...outcomes]).toEqual(['stored']);
    const stored = (await database.batches()).map((batch) => batch.join(','));
    expect(new Set(stored)).toEqual(answered);
    const lines = await database.auditLines();
    expect([lines.length, new Set(lines).size]).toEqual([answered.size, answered.size]);
    expect(trouble.length).toBeGreaterThanOrEqual(ROUNDS);
  });

  /** Tries again as long as the ledger cannot take it. */
  async function untilTaken<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        expect(error).toMatchObject(UNAVAILABLE);
      }
    }
  }
});
