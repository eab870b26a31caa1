import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { readLibrary } from './library';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const OUTAGE_MS = 60_000;

const ignore = (): void => undefined;

describeWithRedis('RedisLedger on a database that is not what it was', () => {
  let server: RedisServer;
  let database: TestRedis;
  let ledger: LedgerCalls<RedisLedger>;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());
  beforeEach(() => void (database = new TestRedis(server)));
  afterEach(() => ledger.close());

  const open = async (more: Partial<RedisLedgerSettings> = {}): Promise<void> => {
    const opened = await RedisLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      maxOutageMs: OUTAGE_MS,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });
    ledger = new LedgerCalls(opened, TERMS.winnerNumber);
  };

  test.each([
    ['has lost groups that it had stored', 'HSET', 'group', '0'],
    ['is another one', 'DEL'],
  ])('when the database %s, nobody is answered any more', async (_, command, ...words) => {
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    await ledger.append(batchOf(1, 1));
    const [run] = await database.command<string[]>('KEYS', 'lottery:run:*');
    await database.command(command, run!, ...words);
    await database.endConnections();
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
  });

  test('when somebody empties the database, the next group finds it out', async () => {
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    await ledger.append(batchOf(1, 1));
    await database.command('FLUSHDB');
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
    expect(await database.command('DBSIZE')).toBe(0);
  });

  test.each([
    ['a FIN', ['LREM', 'lottery:finished', '1', '2,2']],
    ['the draw', ['HDEL', 'lottery:lottery', 'drawn_at_ms']],
  ])('when the database has lost %s of others, nobody is answered any more', async (_, loss) => {
    const opened = await RedisLedger.open({
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
    expect(await database.command(...loss)).toBe(1);
    await database.endConnections();
    await expect(ledger.finish(3)).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toContain('lost what it had committed');
  });

  test('a key of somebody else in the way damages the ledger: no server goes on with it', async () => {
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    await database.command('SET', 'lottery:texts:1', 'mine');
    await expect(ledger.append(batchOf(1, 1))).rejects.toMatchObject(UNAVAILABLE);
    expect((await broken).message).toMatch(/^the ledger is damaged: .*WRONGTYPE/);
    await expect(open()).rejects.toMatchObject({ message: expect.stringMatching(/damaged/) as string });
  });

  test('a server of another build that opens the ledger replaces the functions, and this one ends', async () => {
    let tell: (error: Error) => void = ignore;
    const broken = new Promise<Error>((resolve) => (tell = resolve));
    await open({ onBroken: (error) => tell(error) });
    const { script, digest } = readLibrary();
    await database.command('FUNCTION', 'LOAD', 'REPLACE', script.replaceAll(digest, 'another'));
    try {
      await expect(ledger.append(batchOf(1, 1))).rejects.toMatchObject(UNAVAILABLE);
      expect((await broken).message).toContain('another build');
      expect(await database.batches()).toEqual([]);
    } finally {
      await database.command('FUNCTION', 'LOAD', 'REPLACE', script);
    }
  });

  test('functions that somebody has deleted are put back', async () => {
    await open();
    await ledger.append(batchOf(1, 1));
    await database.command('FUNCTION', 'FLUSH');
    await ledger.append(batchOf(1, 2)).catch(ignore);
    expect(await ledger.append(batchOf(1, 3))).toBe('stored');
  });
});
