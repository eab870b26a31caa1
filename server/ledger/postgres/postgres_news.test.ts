import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { COMPLETE } from '../draw';
import type { LedgerNews } from '../ledger';
import type { AgencySums } from '../operation';
import { LedgerCalls } from '../testing/ledger_calls';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 2, winnerNumber: 7_574 };
const TIMEOUT_MS = 30_000;
const ignore = (): void => undefined;

describeWithPostgres('what several ledgers over one database tell each other', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;
  let ledgers: LedgerCalls[];
  beforeAll(async () => void (postgres = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => postgres.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(postgres);
    ledgers = [];
  });
  afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

  async function open(): Promise<LedgerCalls> {
    const opened = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    const ledger = new LedgerCalls(opened, TERMS.winnerNumber);
    ledgers.push(ledger);
    return ledger;
  }

  /** Watches, and waits for news that fit. */
  function until({ ledger }: LedgerCalls, fits: (news: LedgerNews) => boolean): Promise<LedgerNews> {
    return new Promise((resolve) =>
      ledger.watch((news) => {
        if (fits(news)) resolve(news);
      }),
    );
  }

  test('that an agency has finished, and the draw', async () => {
    const [one, other] = [await open(), await open()];
    const drawn = until(one, ({ draw }) => draw !== undefined);
    const finished = until(other, ({ newlyFinished }) => newlyFinished.includes(2));
    await one.finish(2);
    const sums = new Map();
    expect(await finished).toEqual({
      newlyFinished: [2],
      firstFinishedAtMs: expect.any(Number) as number,
      closedWith: undefined,
      draw: undefined,
      sums,
    });
    await other.finish(1);
    const draw = await other.draw();
    expect(await drawn).toMatchObject({ closedWith: COMPLETE, draw, sums });
  });

  test('how much all have stored, before the draw and with it', async () => {
    const [one, other] = [await open(), await open()];
    const stored = until(one, ({ sums }) => sums.get(2)?.batches === 2);
    const told = new Map<number, AgencySums>();
    const drawn = until(other, ({ sums, draw }) => {
      for (const [agency, sum] of sums) told.set(agency, sum);
      return draw !== undefined;
    });
    await one.append(batchOf(1, 1, [{ id: 1 }, { id: 2 }]));
    await other.append(batchOf(2, 1));
    await other.append(batchOf(2, 2));
    const sums = new Map([
      [1, { batches: 1, bets: 2 }],
      [2, { batches: 2, bets: 2 }],
    ]);
    expect(await stored).toEqual({
      newlyFinished: [],
      firstFinishedAtMs: undefined,
      closedWith: undefined,
      draw: undefined,
      sums,
    });
    await one.append(batchOf(1, 2));
    await one.draw();
    await drawn;
    expect(told).toEqual(new Map([...sums, [1, { batches: 2, bets: 3 }]]));
  });

  test('that the sale is closed, and with which terms, when the draw is not stored', async () => {
    const [one, other] = [await open(), await open()];
    const closed = until(one, ({ closedWith }) => closedWith !== undefined);
    await other.finish(2);
    await other.ledger.submit({ kind: 'close-sale', whenMissing: 'call-off' });
    const closedWith = { missingAgencies: [1], isCalledOff: true };
    expect(await closed).toMatchObject({ closedWith, draw: undefined });
    expect((await open()).openedWith).toMatchObject({ closedWith, draw: undefined });
  });

  test('even when connections were lost in between', async () => {
    const [one, other] = [await open(), await open()];
    const news = until(one, ({ newlyFinished }) => newlyFinished.includes(1));
    await database.endConnections();
    await other.finish(1);
    expect(await news).toMatchObject({ newlyFinished: [1], draw: undefined });
  });

  test('nothing to one that was opened after the draw', async () => {
    const one = await open();
    const draw = await one.draw('call-off');
    const other = await open();
    expect(draw).toMatchObject({ missingAgencies: [1, 2], isCalledOff: true });
    expect(other.openedWith.draw).toEqual(draw);
    other.ledger.watch(() => {
      throw new Error('there is nothing to tell');
    });
    await other.finish(1);
  });
});
