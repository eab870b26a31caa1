/** What grows with the number of agencies. */
import { Database } from './database';
import { DrawFigures } from './draw';
import { Rates, ratesOf } from './load';
import { LotteryRun, LotterySize } from './lottery_run';

/** How many agencies send how. */
export interface AgenciesPlan extends LotterySize {
  /** Batches in flight on each connection. */
  readonly window: number;
  readonly betCount: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** So many agencies. */
export interface AgenciesFigures extends LotterySize {
  readonly window: number;
  readonly betCount: number;
  readonly taking: Rates;
  readonly draw: DrawFigures;
}

/** @throws OperationError as {@link LotteryRun} does */
export function measureAgencies(
  database: Database,
  { servers, agencies, ...load }: AgenciesPlan,
): Promise<AgenciesFigures> {
  const size = { servers, agencies };
  return LotteryRun.in(database, size, async (lottery) => {
    const taking = ratesOf(await lottery.put(load));
    const { window, betCount } = load;
    return { ...size, window, betCount, taking, draw: await lottery.draw() };
  });
}
