import { describeWithRedis, RedisServer } from '../../../tests/support/redis';
import { batchOf } from '../../testing/bets';
import type { Draw } from '../draw';
import type { LotteryTerms } from '../ledger';
import { LedgerCalls } from '../testing/ledger_calls';
import { Connection } from './connection';
import { tryDrawLock } from './draw_lock';
import { RedisLedger } from './redis_ledger';
import { TestRedis } from './testing/test_redis';

const TERMS = { agencies: 3, winnerNumber: 7_574 } satisfies LotteryTerms;
const WINNING = [{ document: '21689196', number: TERMS.winnerNumber }];
const ignore = (): void => undefined;

describeWithRedis('the draw of RedisLedgers', () => {
  let server: RedisServer;
  let database: TestRedis;
  let ledger: LedgerCalls<RedisLedger>;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());
  beforeEach(async () => {
    database = new TestRedis(server);
    ledger = await open();
    await ledger.append(batchOf(1, 1, WINNING));
  });
  afterEach(() => ledger.close());

  const open = async (): Promise<LedgerCalls<RedisLedger>> => {
    const opened = await RedisLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 4 * 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    return new LedgerCalls(opened, TERMS.winnerNumber);
  };

  test.each([
    ['a changed text', ['HSET', 'lottery:texts:1', '1', '1,1,Ana,Paz,21689197,1987-03-17,7574']],
    ['a text that is gone', ['HDEL', 'lottery:texts:1', '1']],
    ['a changed head', ['HSET', 'lottery:heads:1', '1', '1,1,1,1,38,0,x']],
    ['a head that is gone', ['HDEL', 'lottery:heads:1', '1']],
    ['a batch that is not in the list', ['DEL', 'lottery:order']],
    ['sums that are gone', ['DEL', 'lottery:sums']],
  ])('is not run over %s', async (_, damage) => {
    await database.command(...damage);
    await expect(ledger.draw()).rejects.toMatchObject({
      name: 'OperationError',
      message: expect.stringMatching(/^the ledger is damaged: /) as string,
    });
  });

  test('reads more batches than are read at once, in the order of their ids', async () => {
    const batchIds = Array.from({ length: 2_500 }, (_, index) => index + 1);
    const shuffled = [...batchIds].sort((one, other) => ((one * 7_919) % 2_503) - ((other * 7_919) % 2_503));
    const append = (batchId: number): Promise<unknown> =>
      ledger.append(batchOf(2, batchId, [{ ...WINNING[0], document: String(10_000 + batchId) }]));
    await Promise.all(shuffled.map(append));
    const { winners, bets } = await ledger.draw();
    expect(bets).toBe(2_501);
    expect(winners.get(2)?.split(',')).toEqual(batchIds.map((batchId) => String(10_000 + batchId)));
    expect(await ledger.standing(2)).toMatchObject({ lastBatchId: 2_500, batches: 2_500 });
    expect(await database.command('EXISTS', 'lottery:ranges:2')).toBe(0);
  });

  test('is the one that was stored first, whichever server records another one', async () => {
    const other = await open();
    const terms = { missingAgencies: [1, 2, 3], isCalledOff: false, winnerNumber: TERMS.winnerNumber };
    const first: Draw = { ...terms, winners: new Map([[1, '21689196']]), bets: 1 };
    const second: Draw = { ...terms, winners: new Map([[2, '5,"é']]), bets: 2 };
    const record = (at: LedgerCalls, draw: Draw): Promise<Draw> =>
      at.ledger.submit({ kind: 'record-draw', draw });
    await ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'draw' });
    expect(await Promise.all([record(ledger, first), record(ledger, second)])).toEqual([first, first]);
    expect(await Promise.all([record(other, second), record(ledger, second)])).toEqual([first, first]);
    expect(await other.ledger.findWinners(TERMS.winnerNumber)).toEqual({ draw: first });
    await other.close();
  });

  test('is searched for again at once by a server whose result could not be stored', async () => {
    await ledger.ledger.submit({ kind: 'close-sale', whenMissing: 'draw' });
    const found = { found: { winners: new Map([[1, '21689196']]), bets: 1 } };
    for (let search = 0; search < 2; search++) {
      expect(await ledger.ledger.findWinners(TERMS.winnerNumber)).toEqual(found);
    }
  });

  test('several searches of one server leave no connection behind once the result is stored', async () => {
    await Promise.all([ledger.draw(), ledger.draw(), ledger.draw()]);
    await database.untilReply(
      ['CLIENT', 'LIST'],
      (list) => [...String(list).matchAll(/name=lottery /g)].length === 1,
    );
  });

  test('is held by one of several servers: the others wait, and go on when it dies', async () => {
    const other = await open();
    const drawing = await Connection.open({ url: database.url });
    expect(await tryDrawLock(drawing)).toBe(true);
    expect(await tryDrawLock(drawing)).toBe(true);
    const looking = await Connection.open({ url: database.url });
    expect(await tryDrawLock(looking)).toBe(false);
    const draws = [ledger.draw(), other.draw()];
    await database.untilReply(
      ['CLIENT', 'LIST'],
      // Two ledgers, each with its writer and its search, and the two of this test.
      (list) => [...String(list).matchAll(/name=lottery /g)].length === 6,
    );
    expect(await database.command('EXISTS', 'lottery:draw')).toBe(0);
    drawing.destroy('it dies');
    const [one, same] = await Promise.all(draws);
    expect(one).toEqual(same);
    expect(one!.bets).toBe(1);
    await Promise.all([other.close(), looking.end()]);
  });

  test('a lock of a connection before the last start of Redis is nobody’s', async () => {
    const drawing = await Connection.open({ url: database.url });
    expect(await tryDrawLock(drawing)).toBe(true);
    await server.stop('SIGKILL');
    await server.start();
    const next = await Connection.open({ url: database.url });
    expect(await tryDrawLock(next)).toBe(true);
    await next.end();
  });
});
