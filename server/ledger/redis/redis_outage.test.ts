import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { withDigest } from '../remote/batch_digest';
import { Relay } from '../remote/testing/relay';
import { LedgerCalls } from '../testing/ledger_calls';
import { Connection } from './connection';
import { readLibrary } from './library';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';
import { beginRun, commitGroup, takeOver } from './run';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const SHORT_OUTAGE_MS = 100;
const LONG_OUTAGE_MS = 60_000;
const ROUNDS = 5;
const RUN_ID = '00000000-0000-4000-8000-000000000001';

const ignore = (): void => undefined;

describeWithRedis('RedisLedger without its connection', () => {
  let server: RedisServer;
  let database: TestRedis;
  let ledger: LedgerCalls<RedisLedger>;
  let trouble: string[] = [];
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());
  beforeEach(() => {
    trouble = [];
    database = new TestRedis(server);
  });
  afterEach(() => ledger.close());

  const open = async (more: Partial<RedisLedgerSettings> = {}): Promise<void> => {
    const opened = await RedisLedger.open({
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
  const untilGroup = (number: number): Promise<void> =>
    database.untilReply(
      ['EVAL_RO', "return redis.call('HGET', redis.call('KEYS', 'lottery:run:*')[1], 'group')", '0'],
      (group) => group === String(number),
    );

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

  test('lost while a group waits there: it is carried out again, and counts once', async () => {
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
      ledger.countNote(1, 'id', 1n),
    ]);
    await untilGroup(3);
    const lines = await database.auditLines();
    relay.cutClients();
    const found = await answers;
    expect([found[2]?.toString(), ...found.slice(3)]).toEqual([
      text,
      { lastBatchId: 1, lastBetId: 7, batches: 1, bets: 2, isFinished: false },
      2,
      'awaited',
      expect.objectContaining({ outcome: 'stored', number: 1n }),
    ]);
    expect(found.slice(0, 2)).toEqual(['conflict', 'stored']);
    expect(await ledger.finish(1)).toBe(3);
    expect((await database.auditLines()).slice(0, -1)).toEqual(lines);
    await relay.close();
  });

  test('lost with what a stored group has read of notes: only that is rejected', async () => {
    const relay = await Relay.start(database.url);
    await open({ url: relay.url(database.url) });
    await ledger.putNotes(1, { a: 'x' });
    relay.holdAnswers();
    const answers = Promise.allSettled([
      ledger.getNote(1, 'a'),
      ledger.getNote(1, 'b'),
      ledger.listNotes(1, '', 10),
      ledger.deleteNote(1, 'a'),
    ]);
    await untilGroup(2);
    relay.cutClients();
    const lost = { status: 'rejected', reason: expect.objectContaining(UNAVAILABLE) as unknown };
    expect(await answers).toEqual([
      lost,
      { status: 'fulfilled', value: undefined },
      lost,
      { status: 'fulfilled', value: 'deleted' },
    ]);
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
    await untilGroup(2);
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

  test('a group of a connection that was replaced is refused', async () => {
    await open();
    const [former, next] = [
      await Connection.open({ url: database.url }),
      await Connection.open({ url: database.url }),
    ];
    const agreement = { digest: readLibrary().digest, deadline: undefined };
    await beginRun(former, RUN_ID, agreement);
    expect(await takeOver(next, RUN_ID, 2, agreement)).toMatchObject({ number: 0 });
    const operation = { kind: 'place', batch: withDigest(batchOf(1, 1)) } as const;
    const commit = (connection: Connection, number: number): Promise<unknown> =>
      commitGroup(connection, { runId: RUN_ID, connection: number, group: 1 }, [operation], {
        digest: agreement.digest,
        maxOverdueMs: undefined,
      });
    await expect(commit(former, 1)).rejects.toThrow(/^FENCED .*taken this one/);
    expect([await database.batches(), await database.auditLines()]).toEqual([[], []]);
    await commit(next, 2);
    expect(await database.batches()).toEqual([[1, 1]]);
    await Promise.all([former.end(), next.end()]);
  });

  test('while it is away for too long, all calls are rejected together; then it works again', async () => {
    await open({ maxOutageMs: SHORT_OUTAGE_MS });
    await ledger.append(batchOf(1, 1));
    await server.stop('SIGTERM');
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

  test.each([
    ['appendfsync', 'everysec', 'always'],
    ['no-appendfsync-on-rewrite', 'yes', 'no'],
    ['maxmemory-policy', 'allkeys-lru', 'noeviction'],
  ])('a database whose %s is set to %s is not believed any more', async (name, unsafe, safe) => {
    await open({ maxOutageMs: SHORT_OUTAGE_MS });
    await ledger.append(batchOf(1, 1));
    await database.command('CONFIG', 'SET', name, unsafe);
    try {
      await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject({
        ...UNAVAILABLE,
        message: expect.stringContaining(`${name} ${unsafe} (it must be ${safe})`) as string,
      });
    } finally {
      await database.command('CONFIG', 'SET', name, safe);
    }
    // It was carried out, and was not believed to be stored.
    expect(await untilTaken(() => ledger.append(batchOf(1, 2)))).toBe('already-stored');
    expect(await ledger.append(batchOf(1, 3))).toBe('stored');
  });

  test('it can be closed while the database is away', async () => {
    await open();
    await server.stop('SIGTERM');
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

  test.each([
    ['killed', (): Promise<void> => server.stop('SIGKILL')],
    ['stopped', (): Promise<void> => server.stop('SIGTERM')],
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
