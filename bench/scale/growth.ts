/** What grows with the bets that are in the database already. */
import { Database } from './database';
import { DrawFigures } from './draw';
import { Rates, ratesOf } from './load';
import { LotteryRun, LotterySize } from './lottery_run';

const FILL_LIMIT_MS = 120_000;

/** How a database is filled, and measured then. */
export interface GrowthPlan extends LotterySize {
  /** About so many bets are put in before. */
  readonly bets: number;
  readonly window: number;
  readonly betCount: number;
  readonly measureMs: number;
}

/** A database of one size. */
export interface GrowthFigures {
  /** How many bets were in it when others came. */
  readonly bets: number;
  readonly taking: Rates;
  /** After those: what the batches take, and what all tables take, their indexes included. */
  readonly batchesBytesPerBet: number;
  readonly tablesBytesPerBet: number;
  /** Over all of them. */
  readonly draw: DrawFigures;
}

/** @throws OperationError as {@link LotteryRun} does */
export function measureGrowth(
  database: Database,
  { bets, measureMs, servers, agencies, ...load }: GrowthPlan,
): Promise<GrowthFigures> {
  return LotteryRun.in(database, { servers, agencies }, async (lottery) => {
    if (bets > 0) {
      const maxBatches = Math.ceil(bets / load.betCount);
      await lottery.put({ ...load, warmUpMs: 0, measureMs: FILL_LIMIT_MS, maxBatches });
    }
    const betsBefore = lottery.bets;
    const taking = ratesOf(await lottery.put({ ...load, warmUpMs: 0, measureMs }));
    const bytes = await database.tableBytes();
    return {
      bets: betsBefore,
      taking,
      batchesBytesPerBet: bytes.batches / lottery.bets,
      tablesBytesPerBet: bytes.all / lottery.bets,
      draw: await lottery.draw(),
    };
  });
}

/** A draw without a single bet: what every draw costs. */
export function measureEmptyDraw(database: Database, size: LotterySize): Promise<DrawFigures> {
  return LotteryRun.in(database, size, (lottery) => lottery.draw());
}
