import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { LeafSegment } from '../leaf_source';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { leafSourceContract } from '../testing/leaf_source_contract';
import { RedisLeafSource } from './leaf_source';
import { RedisLedger } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const UNAVAILABLE = { name: 'LedgerUnavailable' };
const ignore = (): void => undefined;
const damaged = (text: RegExp): object => ({
  message: expect.stringMatching(`^the ledger is damaged: ${text.source}`) as string,
});

describeWithRedis('RedisLeafSource', () => {
  let server: RedisServer;
  let database: TestRedis;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  const open = (terms: LotteryTerms = TERMS): Promise<RedisLedger> => {
    database = new TestRedis(server);
    return RedisLedger.open({
      url: database.url,
      terms,
      maxBatchBytes: 4 * 1024 * 1024,
      maxOutageMs: 60_000,
      onBroken: ignore,
      onTrouble: ignore,
    });
  };
  const openSource = (): Promise<RedisLeafSource> => RedisLeafSource.open({ url: database.url });

  leafSourceContract('RedisLeafSource', {
    open,
    auditLines: () => database.auditLines(),
    openSource,
    damages: {
      'a text': () =>
        database.command('HSET', 'lottery:texts:1', '1', '1,1,Ana,Paz,31204458,1988-03-17,2201'),
      'a text that is gone': () => database.command('DEL', 'lottery:texts:1'),
      'a head': async () => {
        const head = [
          'EVAL',
          "redis.call('HSET', KEYS[1], '1', ARGV[1] .. string.sub(redis.call('HGET', KEYS[1], '1'), -32))",
        ];
        await database.command(...head, '1', 'lottery:heads:1', '1,1,1,2,40,1,');
      },
      'a head that is gone': () => database.command('DEL', 'lottery:heads:1'),
      'a line': () => database.changeLog((lines) => lines.replace('batches/1,', 'batches/2,')),
      'the number of a segment': async () => {
        await database.command('DEL', 'lottery:log');
        await database.command('XADD', 'lottery:log', '2-0', 'lines', 'PUT,/agencies/1/batches/1,201,0\n');
      },
      'a place in the list of all batches': () => database.command('LSET', 'lottery:order', '0', '1,2'),
      'a group that was stored in part': () => database.command('HSET', 'lottery:lottery', 'is_damaged', '1'),
      'all of it': () => database.command('FLUSHDB'),
    },
  });

  describe('over a ledger with two batches that it has told', () => {
    let ledger: LedgerCalls<RedisLedger>;
    let source: RedisLeafSource;
    beforeEach(async () => {
      ledger = new LedgerCalls(await open(), TERMS.winnerNumber);
      source = await openSource();
      await ledger.append(batchOf(1, 1));
      await ledger.append(batchOf(1, 2));
      expect(await sequences(source, 0)).toEqual([1, 2]);
    });
    afterEach(async () => {
      await source.close();
      await ledger.close();
    });

    test('a lost connection refuses one call at most, and nothing is missed', async () => {
      await database.endConnections();
      await ledger.append(batchOf(1, 3));
      const found = await sequences(source, 2).catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toMatchObject(UNAVAILABLE);
      expect(await sequences(source, 2)).toEqual([3]);
      expect((await source.batchText(1, 3)).toString()).toBe(batchOf(1, 3).text.toString());
      await Promise.all([source.draw(), source.batchText(1, 1), sequences(source, 0)]);
    });

    test('one that is lost in the middle ends what is under way', async () => {
      await ledger.append(batchOf(1, 3));
      const segments = source.read(0);
      await segments.next();
      await server.stop('SIGKILL');
      const rest = async (): Promise<void> => {
        for (;;) if ((await segments.next()).done === true) return;
      };
      await rest().catch((error: unknown) => expect(error).toMatchObject(UNAVAILABLE));
      await expect(sequences(source, 3)).rejects.toMatchObject(UNAVAILABLE);
      await expect(source.draw()).rejects.toMatchObject(UNAVAILABLE);
      await server.start();
      expect(await sequences(source, 0)).toEqual([1, 2, 3]);
    });

    test.each<[string, () => Promise<unknown>]>([
      ['the last segment', () => database.changeLog((lines, sequence) => (sequence === 2 ? '' : lines))],
      ['its lines', () => database.changeLog((lines) => lines.replace('batches/2,', 'batches/3,'))],
      ['everything', () => database.command('FLUSHDB')],
      [
        'the last segment, and others have gone on',
        async () => {
          await database.changeLog((lines, sequence) => (sequence === 2 ? '' : lines));
          await database.command('XADD', 'lottery:log', '3-0', 'lines', 'PUT,/agencies/1/finish,200,0\n');
        },
      ],
    ])('a Redis that has lost %s is found out, at once and over a new connection', async (_, lose) => {
      await lose();
      await expect(sequences(source, 2)).rejects.toMatchObject(damaged(/the database /));
      await database.endConnections();
      await sequences(source, 2).catch(ignore);
      await expect(sequences(source, 2)).rejects.toMatchObject(damaged(/the database /));
      await expect(source.draw()).rejects.toMatchObject(damaged(/the database /));
    });

    test('a line that is gone is found by the batch behind it', async () => {
      await ledger.append(batchOf(1, 3));
      await ledger.append(batchOf(1, 4));
      await database.changeLog((lines, sequence) => (sequence === 3 ? '' : lines));
      await expect(sequences(source, 2)).rejects.toMatchObject(damaged(/the audit log and the list/));
      const other = await openSource();
      await expect(sequences(other, 0)).rejects.toMatchObject(damaged(/the audit log and the list/));
      await other.close();
    });

    test('nothing is told before a write behind it has been synced', async () => {
      await ledger.append(batchOf(1, 3));
      const release = await database.holdGroups();
      let isTold = false;
      const told = sequences(source, 2).finally(() => (isTold = true));
      await database.untilReply(['CLIENT', 'LIST'], (list) =>
        /name=lottery-log .*flags=[A-Z]*b/.test(String(list)),
      );
      expect(isTold).toBe(false);
      await release();
      expect(await told).toEqual([3]);
    });

    test('nothing is told while Redis is set so that it may lose it', async () => {
      await ledger.append(batchOf(1, 3));
      await database.command('CONFIG', 'SET', 'appendfsync', 'everysec');
      const unsafe = { ...UNAVAILABLE, message: expect.stringMatching(/appendfsync everysec/) as string };
      try {
        await expect(sequences(source, 2)).rejects.toMatchObject(unsafe);
        await expect(sequences(source, 2)).rejects.toMatchObject(unsafe);
      } finally {
        await database.command('CONFIG', 'SET', 'appendfsync', 'always');
      }
      expect(await sequences(source, 2)).toEqual([3]);
    });

    test('nothing is told by a Redis that has become a replica', async () => {
      await ledger.append(batchOf(1, 3));
      await database.command('REPLICAOF', '127.0.0.1', '1');
      try {
        await expect(sequences(source, 2)).rejects.toMatchObject(UNAVAILABLE);
        await expect(sequences(source, 2)).rejects.toMatchObject(UNAVAILABLE);
      } finally {
        await database.command('REPLICAOF', 'NO', 'ONE');
      }
      expect(await sequences(source, 2)).toEqual([3]);
    });

    test('a full Redis tells what it has', async () => {
      await ledger.append(batchOf(1, 3));
      await database.command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        expect(await sequences(source, 2)).toEqual([3]);
        await database.endConnections();
        const other = await openSource();
        expect(await sequences(other, 0)).toEqual([1, 2, 3]);
        await other.close();
      } finally {
        await database.command('CONFIG', 'SET', 'maxmemory', '0');
      }
    });

    test('a page has texts of agencies side by side, whatever a group holds', async () => {
      const batches = Array.from({ length: 600 }, (_, index) => batchOf(1 + (index % 3), 3 + index));
      for (let start = 0; start < batches.length; start += 6) {
        await Promise.all(batches.slice(start, start + 6).map((batch) => ledger.append(batch)));
      }
      const segments: string[] = [];
      for await (const { leaves } of source.read(2)) {
        for (const leaf of leaves) if (leaf.kind === 'batch') segments.push(leaf.text.toString());
      }
      expect(segments).toEqual(batches.map(({ text }) => text.toString()));
    });

    test('closed, or stopped by the program, it tells nothing', async () => {
      await source.close();
      await expect(sequences(source, 0)).rejects.toMatchObject(UNAVAILABLE);
      const stop = new AbortController();
      source = await RedisLeafSource.open({ url: database.url }, stop.signal);
      stop.abort(new Error('stopped'));
      await expect(sequences(source, 0)).rejects.toMatchObject(UNAVAILABLE);
      await expect(RedisLeafSource.open({ url: 'redis://127.0.0.1:1' }, stop.signal)).rejects.toThrow(
        'stopped',
      );
    });
  });

  test('a database without a ledger is refused, and one that stores unsafely', async () => {
    database = new TestRedis(server);
    await expect(openSource()).rejects.toMatchObject({ message: 'the database holds no ledger' });
    await database.command('CONFIG', 'SET', 'appendfsync', 'no');
    try {
      await expect(openSource()).rejects.toMatchObject({ name: 'OperationError' });
    } finally {
      await database.command('CONFIG', 'SET', 'appendfsync', 'always');
    }
  });
});

/** The numbers of the segments that are told. */
async function sequences(source: RedisLeafSource, after: number): Promise<number[]> {
  const told: number[] = [];
  for await (const { sequence } of source.read(after) as AsyncIterable<LeafSegment>) told.push(sequence);
  return told;
}
