import { describeWithPostgres, PostgresServer } from '../../../tests/support/postgres';
import { batchOf } from '../../testing/bets';
import { AgencySums, COMPLETE, LedgerNews } from '../ledger';
import { PostgresLedger } from './postgres_ledger';
import { TestDatabase } from './testing/test_database';

const TERMS = { agencies: 2, winnerNumber: 7_574 };
const TIMEOUT_MS = 30_000;
const ignore = (): void => undefined;

describeWithPostgres('what several ledgers over one database tell each other', () => {
  let postgres: PostgresServer;
  let database: TestDatabase;
  let ledgers: PostgresLedger[];
  beforeAll(async () => void (postgres = await PostgresServer.start()), TIMEOUT_MS);
  afterAll(() => postgres.remove());
  beforeEach(async () => {
    database = await TestDatabase.create(postgres);
    ledgers = [];
  });
  afterEach(() => Promise.all(ledgers.map((ledger) => ledger.close())));

  async function open(): Promise<PostgresLedger> {
    const ledger = await PostgresLedger.open({
      url: database.url,
      terms: TERMS,
      maxBatchBytes: 1024 * 1024,
      onBroken: ignore,
      onTrouble: ignore,
    });
    ledgers.push(ledger);
    return ledger;
  }

  /** Watches, and waits for news that fit. */
  function until(ledger: PostgresLedger, fits: (news: LedgerNews) => boolean): Promise<LedgerNews> {
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
    expect(await finished).toEqual({ newlyFinished: [2], draw: undefined, sums });
    await other.finish(1);
    const draw = await other.draw(COMPLETE);
    expect(await drawn).toMatchObject({ draw, sums });
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
    expect(await stored).toEqual({ newlyFinished: [], draw: undefined, sums });
    await one.append(batchOf(1, 2));
    await one.draw({ missingAgencies: [1, 2], isCalledOff: false });
    await drawn;
    expect(told).toEqual(new Map([...sums, [1, { batches: 2, bets: 3 }]]));
  });

  test('also when connections were lost meanwhile', async () => {
    const [one, other] = [await open(), await open()];
    const news = until(one, ({ newlyFinished }) => newlyFinished.includes(1));
    await database.endConnections();
    await other.finish(1);
    expect(await news).toMatchObject({ newlyFinished: [1], draw: undefined });
  });

  test('nothing to one that was opened behind the draw', async () => {
    const one = await open();
    const draw = await one.draw({ missingAgencies: [1, 2], isCalledOff: true });
    const other = await open();
    expect(other.openedWith.draw).toEqual(draw);
    other.watch(() => {
      throw new Error('there is nothing to tell');
    });
    await other.finish(1);
  });
});
