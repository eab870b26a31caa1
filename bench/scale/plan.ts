import { AgenciesPlan } from './agencies';
import { GrowthPlan } from './growth';
import { LotterySize } from './lottery_run';
import { COPY, lotteryServers, ROWS, TakingPlan } from './taking';

/** What is measured of many servers over one database. */
export interface ScalePlan {
  readonly taking: TakingPlan;
  readonly agencies: readonly AgenciesPlan[];
  readonly growth: readonly GrowthPlan[];
  /** How often the draw of a lottery without bets is measured, and how large that is. */
  readonly emptyDraws: number;
  readonly drawSize: LotterySize;
  /** How many bets one plain sync of the disk is for, and how long it is measured. */
  readonly syncBetCount: number;
  readonly syncMs: number;
}

const BET_COUNT = 200;
const WINDOW = 8;
/** Twice as many as servers at the most, so that each has as many. */
const AGENCIES = 8;
const SERVERS = [1, 2, 4];
const SERVERS_OF_MANY_AGENCIES = 2;
/** Few agencies as they usually send, then ever more with as many batches in flight in all. */
const MANY_AGENCIES = [
  { agencies: 5, window: WINDOW, betCount: BET_COUNT },
  { agencies: 5, window: 200, betCount: BET_COUNT },
  { agencies: 100, window: 10, betCount: BET_COUNT },
  { agencies: 1_000, window: 1, betCount: BET_COUNT },
];
/** Terminals that send each bet by itself and wait for its answer: some, and so many that two servers can have. */
const SINGLE_BETS = [8, 1_000, 10_000].map((agencies) => ({ agencies, window: 1, betCount: 1 }));
const QUICK_SINGLE_BETS = SINGLE_BETS.slice(0, 2);
const GROWTH_BETS = [0, 1_000_000, 5_000_000, 10_000_000];

/** The whole of it, or what can be measured within 40 s. */
export function scalePlan({
  isQuick,
  rounds,
}: {
  readonly isQuick: boolean;
  readonly rounds: number;
}): ScalePlan {
  const durations = isQuick ? { warmUpMs: 200, measureMs: 600 } : { warmUpMs: 1_000, measureMs: 2_000 };
  const drawSize = { servers: 1, agencies: AGENCIES };
  return {
    taking: {
      contestants: [...SERVERS.map(lotteryServers), COPY, ROWS],
      betCounts: isQuick ? [BET_COUNT] : [70, BET_COUNT, 2_000],
      rounds,
      agencies: AGENCIES,
      window: WINDOW,
      ...durations,
    },
    agencies: [...MANY_AGENCIES, ...(isQuick ? QUICK_SINGLE_BETS : SINGLE_BETS)].map((many) => ({
      ...many,
      servers: SERVERS_OF_MANY_AGENCIES,
      ...durations,
    })),
    growth: (isQuick ? [0, 200_000] : GROWTH_BETS).map((bets) => ({
      ...drawSize,
      bets,
      window: WINDOW,
      betCount: BET_COUNT,
      measureMs: durations.measureMs,
    })),
    emptyDraws: isQuick ? 1 : 3,
    drawSize,
    syncBetCount: BET_COUNT,
    syncMs: isQuick ? 300 : 1_000,
  };
}
