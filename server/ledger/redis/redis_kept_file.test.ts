import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import { Relay } from '../remote/testing/relay';
import { LedgerCalls } from '../testing/ledger_calls';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 };
const UNSAFE = {
  name: 'LedgerUnavailable',
  message: expect.stringContaining('an append-only file that it may only be beginning') as string,
};
/** So that a rewrite of a few keys takes longer than what is done meanwhile. */
const SLOW = { 'rdb-key-save-delay': '500000', 'aof-use-rdb-preamble': 'yes' };
const ignore = (): void => undefined;

describeWithRedis('RedisLedger, while Redis writes its file anew', () => {
  let server: RedisServer;
  let database: TestRedis;
  let ledger: LedgerCalls<RedisLedger>;
  beforeEach(async () => {
    server = await RedisServer.start(SLOW);
    database = new TestRedis(server);
    ledger = await open();
    await ledger.append(batchOf(1, 1));
  });
  afterEach(async () => {
    await ledger.close();
    await server.remove();
  });

  const open = async (more: Partial<RedisLedgerSettings> = {}): Promise<LedgerCalls<RedisLedger>> => {
    const opened = await RedisLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      maxOutageMs: 100,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });
    return new LedgerCalls(opened, TERMS.winnerNumber);
  };
  const isRewriting = async (): Promise<boolean> =>
    String(await database.command('INFO', 'persistence')).includes('aof_rewrite_in_progress:1');
  const endRewrite = async (): Promise<void> => {
    await database.command('CONFIG', 'SET', 'rdb-key-save-delay', '0');
    // The one that is under way keeps its delay.
    await database.command('CONFIG', 'SET', 'appendonly', 'no');
    await database.command('CONFIG', 'SET', 'appendonly', 'yes');
    while (await isRewriting());
  };

  test('as it does by itself, batches are acknowledged, and connections replaced', async () => {
    const relay = await Relay.start(database.url);
    const other = await open({ url: relay.url(database.url), maxOutageMs: 60_000 });
    await database.command('BGREWRITEAOF');
    expect(await other.append(batchOf(1, 2))).toBe('stored');
    relay.cutClients();
    expect(await other.append(batchOf(1, 3))).toBe('stored');
    expect(await isRewriting()).toBe(true);
    await other.close();
    await relay.close();
  });

  test('after appendonly was switched on, nothing is acknowledged before the file is whole', async () => {
    await database.command('BGREWRITEAOF');
    while (await isRewriting());
    await database.command('CONFIG', 'SET', 'appendonly', 'no');
    await database.command('CONFIG', 'SET', 'appendonly', 'yes');
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNSAFE);
    const reasons: string[] = [];
    const opening = open({ onWaiting: (reason) => reasons.push(reason) });
    while (reasons.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(reasons[0]).toContain('may only be beginning');
    expect(await isRewriting()).toBe(true);
    await endRewrite();
    await (await opening).close();
    for (;;) {
      const outcome = await ledger.append(batchOf(1, 3)).catch(ignore);
      if (outcome !== undefined) break;
    }
    expect((await database.batches()).slice(-1)).toEqual([[1, 3]]);
  });

  test('neither when that is only due', async () => {
    await database.command('BGSAVE');
    await database.command('CONFIG', 'SET', 'appendonly', 'no');
    await database.command('CONFIG', 'SET', 'appendonly', 'yes');
    expect(await database.command('INFO', 'persistence')).toMatch(/aof_rewrite_scheduled:1/);
    await expect(ledger.append(batchOf(1, 2))).rejects.toMatchObject(UNSAFE);
  });
});
