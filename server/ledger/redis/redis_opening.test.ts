import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { RedisLedger, RedisLedgerSettings } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
/** Those that docs/REDIS.md names. */
const PERMISSIONS = ['+@all', '-@dangerous', '+info', '+config|get', '+client|list', '+acl|dryrun'];
const ignore = (): void => undefined;
const saying = (text: RegExp): string => expect.stringMatching(text) as string;

describeWithRedis('opening a RedisLedger', () => {
  let server: RedisServer;
  let database: TestRedis;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());
  beforeEach(() => void (database = new TestRedis(server)));

  const open = (more: Partial<RedisLedgerSettings> = {}): Promise<RedisLedger> =>
    RedisLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
      ...more,
    });

  test.each([
    ['appendfsync', 'everysec', 'always'],
    ['appendfsync', 'no', 'always'],
    ['no-appendfsync-on-rewrite', 'yes', 'no'],
    ['maxmemory-policy', 'volatile-ttl', 'noeviction'],
    ['appendonly', 'no', 'yes'],
  ])(
    'refuses a database that may forget what it has answered, unless that is asked for: %s %s',
    async (name, unsafe, safe) => {
      await database.command('CONFIG', 'SET', name, unsafe);
      try {
        await expect(open()).rejects.toMatchObject({
          name: 'OperationError',
          message: saying(
            new RegExp(`${name} ${unsafe} .*it must be ${safe}.*DATABASE_UNSAFE_COMMITS = allow`),
          ),
        });
        const ledger = new LedgerCalls(await open({ allowUnsafeCommits: true }), TERMS.winnerNumber);
        expect(await ledger.append(batchOf(1, 1))).toBe('stored');
        await ledger.close();
      } finally {
        await database.command('CONFIG', 'SET', name, safe);
        await database.untilReply(['INFO', 'persistence'], (info) =>
          String(info).includes('aof_rewrite_in_progress:0'),
        );
      }
    },
  );

  test('several at once make one ledger', async () => {
    const ledgers = await Promise.all(Array.from({ length: 4 }, () => open()));
    const calls = ledgers.map((ledger) => new LedgerCalls(ledger, TERMS.winnerNumber));
    expect(await Promise.all(calls.map((call, index) => call.append(batchOf(1, index + 1))))).toEqual(
      calls.map(() => 'stored'),
    );
    expect(await calls[0]!.standing(1)).toMatchObject({ lastBatchId: 4 });
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    expect(await database.command('KEYS', 'lottery:run*')).toEqual([]);
  });

  test('refuses a ledger of a newer version, and keys of somebody else', async () => {
    await (await open()).close();
    await database.command('HSET', 'lottery:lottery', 'version', '1000');
    await expect(open()).rejects.toMatchObject({ name: 'OperationError', message: saying(/version 1000/) });
    await database.command('FLUSHDB');
    await database.command('SET', 'lottery:lottery', 'mine');
    await expect(open()).rejects.toMatchObject({ name: 'OperationError', message: saying(/WRONGTYPE/) });
    expect(await database.command('DBSIZE')).toBe(1);
  });

  test('waits for a database that follows another one until it is one of its own', async () => {
    const primary = await RedisServer.start();
    const [host, port] = new URL(primary.url()).host.split(':') as [string, string];
    await server.stop('SIGTERM');
    await server.start();
    try {
      await database.command('REPLICAOF', host, port);
      const reasons: string[] = [];
      const opening = open({ onWaiting: (reason) => reasons.push(reason) });
      while (reasons.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(reasons[0]).toMatch(/it is a replica/);
      await database.command('REPLICAOF', 'NO', 'ONE');
      await (await opening).close();
    } finally {
      await primary.remove();
    }
  });

  test('refuses a database whose user default lacks rights: it would not read its own file', async () => {
    const [on, off] = [
      ['on', 'nopass', '~*', '&*', '+@all'],
      ['off', 'resetkeys', 'nocommands'],
    ];
    await database.command('ACL', 'SETUSER', 'other', 'reset', 'on', '>hidden', '~*', '&*', '+@all');
    const url = database.url.replace('redis://', 'redis://other:hidden@');
    const ledger = new LedgerCalls(await open({ url }), TERMS.winnerNumber);
    expect(await ledger.append(batchOf(1, 1))).toBe('stored');
    await ledger.close();
    await database.command('ACL', 'SETUSER', 'default', ...off);
    const other = new TestRedis(server, 'other:hidden@');
    try {
      await expect(open({ url })).rejects.toMatchObject({
        name: 'OperationError',
        message: saying(
          /^the database's user default may not use SELECT, MULTI, EXEC, HSET, .*FUNCTION: .*\+@all/,
        ),
      });
      await other.command('ACL', 'SETUSER', 'default', ...on, 'off');
      await (await open({ url })).close();
    } finally {
      await other.command('ACL', 'SETUSER', 'default', ...on);
    }
  });

  describe('the login', () => {
    const as = (login: string): string => database.url.replace('redis://', `redis://${login}@`);
    beforeEach(() =>
      database.command(
        'ACL',
        'SETUSER',
        'lottery',
        'reset',
        'on',
        '>hidden',
        '~lottery:*',
        '&lottery:*',
        ...PERMISSIONS,
      ),
    );

    test('of a user with the keys of the ledger alone is enough', async () => {
      const ledger = new LedgerCalls(await open({ url: as('lottery:hidden') }), TERMS.winnerNumber);
      expect(await ledger.append(batchOf(1, 1))).toBe('stored');
      await ledger.close();
    });

    test('that is refused ends it, with no word of the password', async () => {
      await expect(open({ url: as('lottery:wrong') })).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: saying(/^REDIS_URL: WRONGPASS (?!.*wrong:)/),
      });
    });

    test.each([
      ['-xadd', /^REDIS_URL: NOPERM .*XADD/i],
      ['-publish', /^REDIS_URL: NOPERM .*PUBLISH/i],
      ['-fcall', /^REDIS_URL: NOPERM .*FCALL/i],
      ['-function', /^REDIS_URL: NOPERM .*FUNCTION/i],
      ['-config', /CONFIG GET/],
      ['-client|list', /NOPERM/],
      ['-acl|dryrun', /ACL DRYRUN/],
    ])('that lacks a permission is refused before anything is stored: %s', async (permission, message) => {
      await database.command('ACL', 'SETUSER', 'lottery', permission);
      await expect(open({ url: as('lottery:hidden') })).rejects.toMatchObject({
        name: saying(/^(Configuration|Operation)Error$/),
        message: saying(message),
      });
      expect(await database.command('KEYS', '*')).toEqual([]);
    });
  });

  test.each([
    ['no URL', 'no url', /^REDIS_URL: no redis:/],
    ['a database that there is not', 'redis://HOST/100000', /^REDIS_URL: ERR DB index/],
  ])('%s is refused', async (_, url, message) => {
    const host = new URL(server.url()).host;
    await expect(open({ url: url.replace('HOST', host) })).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: saying(message),
    });
  });

  test('the program may stop while it waits', async () => {
    const stop = new AbortController();
    const reasons: string[] = [];
    const opening = open({
      url: 'redis://127.0.0.1:1',
      stop: stop.signal,
      onWaiting: (reason) => {
        reasons.push(reason);
        stop.abort(new Error('stopped'));
      },
    });
    await expect(opening).rejects.toThrow('stopped');
    expect(reasons).toEqual(['connect ECONNREFUSED']);
  });

  test.each([3, 5])(
    'no more than %s connections are made, however many texts are read at once',
    async (maxConnections) => {
      const ledger = new LedgerCalls(await open({ maxConnections }), TERMS.winnerNumber);
      ledger.ledger.watch(ignore);
      const batch = batchOf(1, 1);
      await ledger.append(batch);
      const texts = await Promise.all(Array.from({ length: 100 }, () => ledger.batchText(1, 1)));
      expect(new Set(texts.map(String))).toEqual(new Set([batch.text.toString()]));
      const list = String(await database.command('CLIENT', 'LIST'));
      const connections = [...list.matchAll(/name=lottery /g)].length;
      expect(connections).toBeLessThanOrEqual(maxConnections);
      expect(connections).toBeGreaterThanOrEqual(2);
      await ledger.close();
    },
  );
});
