/** What a round of the crash test does: made from the seed alone. */
import { Random } from '../../../tools/random';
import {
  CREATION_POINTS,
  DRAW_POINTS,
  FINISH_POINTS,
  KillPoint,
  SALE_POINTS,
  START_POINTS,
  WIN_POINTS,
} from './points';

/** Which lottery is played. */
export interface LotteryPlan {
  /** How many agencies; one of them is a client that writes the reference's bytes. */
  readonly agencies: number;
  readonly referenceAgency: number;
  readonly bets: number;
  readonly dataSeed: number;
  /** A reference client must cut its batches in the same way whenever it starts. */
  readonly referenceBatchAmount: number;
  readonly winnerNumber: number;
}

/** How one life of the server ends. */
export interface ServerKill {
  /** A named point and its how-manyeth passage, or so many milliseconds after the start. */
  readonly at:
    | { readonly kind: 'point'; readonly point: string; readonly passage: number }
    | { readonly kind: 'moment'; readonly afterMs: number };
  /** All agencies are killed with it. */
  readonly isBlackout: boolean;
  readonly restartAfterMs: number;
}

/** What becomes of the bytes of a killed agency that are on their way. */
export type Leftovers = 'pass' | 'after-has' | 'after-bet';

/** One life of an agency. */
export interface AgencyLife {
  readonly batchAmount: number;
  readonly window: number;
  /** Killed when so many of its batches were acknowledged in this life; undefined to let it live. */
  readonly killedAfterAcks: number | undefined;
  /** When its leftovers go on: at once, behind its successor's HAS, or behind its successor's first BET. */
  readonly leftovers: Leftovers;
}

/** One round. */
export interface RoundPlan {
  readonly round: number;
  /** The ledger of the round before, whose draw has run, is taken on. */
  readonly inherits: boolean;
  readonly lottery: LotteryPlan;
  readonly serverKills: readonly ServerKill[];
  /** The lives of each agency that is a process, by its number. */
  readonly agencies: ReadonlyMap<number, readonly AgencyLife[]>;
  /** The last server but one is killed when all is done, or asked to stop. */
  readonly lastSignal: 'SIGKILL' | 'SIGTERM';
  /** For the parts of the round that choose as they go. */
  readonly seed: number;
}

const PLAN_PURPOSE = 102;

/** Plans a round; `before` is the lottery of the round before it, if there was one. */
export function planRound(seed: number, round: number, before: LotteryPlan | undefined): RoundPlan {
  const random = new Random(seed, PLAN_PURPOSE, round);
  const isHeir = random.chance(150);
  const inherits = isHeir && before !== undefined;
  const fresh = planLottery(random);
  const lottery = inherits ? before : fresh;
  return {
    round,
    inherits,
    lottery,
    serverKills: inherits ? planHeirKills(random) : planKills(random, lottery.agencies),
    agencies: new Map(processAgencies(lottery).map((agency) => [agency, planAgency(random, lottery)])),
    lastSignal: random.pick(['SIGKILL', 'SIGTERM']),
    seed: random.word(),
  };
}

/** The agencies that are processes. */
export function processAgencies({ agencies, referenceAgency }: LotteryPlan): number[] {
  return Array.from({ length: agencies }, (_, index) => index + 1).filter(
    (agency) => agency !== referenceAgency,
  );
}

function planLottery(random: Random): LotteryPlan {
  const agencies = 4 + random.below(3);
  const bets = 1_000 + random.below(3_000);
  return {
    agencies,
    // The first agencies have the most bets: the slow reference client gets one of the others.
    referenceAgency: agencies - random.below(3),
    bets,
    dataSeed: random.word(),
    // A connection for each batch takes time.
    referenceBatchAmount: Math.max(pickBatchAmount(random, bets), Math.ceil(bets / 100)),
    winnerNumber: random.below(10_000),
  };
}

function planKills(random: Random, agencies: number): ServerKill[] {
  const sale = Array.from({ length: 1 + random.below(2) }, () => pickKill(random, SALE_POINTS, 300));
  const start = random.chance(250)
    ? [pickKill(random, random.pick([CREATION_POINTS, START_POINTS]), 80)]
    : [];
  const finish = random.chance(500) ? [pickKill(random, FINISH_POINTS, 300, agencies)] : [];
  const draw = random.chance(500) ? inOrder(random, DRAW_POINTS) : [];
  const win = random.chance(400) ? [pickKill(random, WIN_POINTS, 300)] : [];
  return [...start, ...sale, ...finish, ...draw, ...win];
}

/** On a ledger whose draw has run, only these points are passed. */
function planHeirKills(random: Random): ServerKill[] {
  return [
    pickKill(random, START_POINTS, 80),
    pickKill(
      random,
      SALE_POINTS.filter(({ name }) => name.startsWith('ack')),
      200,
      2,
    ),
    pickKill(random, WIN_POINTS, 300),
  ];
}

/** One or two points of the draw, the earlier one first: it does not come twice. */
function inOrder(random: Random, points: readonly KillPoint[]): ServerKill[] {
  const first = random.below(points.length);
  const second = first + 1 + random.below(points.length);
  return [first, second].flatMap((index) => {
    const point = points[index];
    return point === undefined ? [] : [pickKill(random, [point], 0)];
  });
}

function pickKill(
  random: Random,
  points: readonly KillPoint[],
  longestMs: number,
  maxPassages = Number.MAX_SAFE_INTEGER,
): ServerKill {
  const { name, passages } = random.pick(points);
  const passage = 1 + random.below(Math.min(passages, maxPassages));
  const isMoment = longestMs > 0 && random.chance(200);
  return {
    // A server needs some 100 ms before it accepts connections.
    at: isMoment
      ? { kind: 'moment', afterMs: random.below(100 + longestMs) }
      : { kind: 'point', point: name, passage },
    isBlackout: random.chance(100),
    restartAfterMs: random.pick([0, 0, 20, 150]),
  };
}

function planAgency(random: Random, lottery: LotteryPlan): AgencyLife[] {
  const kills = random.pick([0, 0, 1, 1, 2]);
  return Array.from({ length: kills + 1 }, (_, index) => ({
    batchAmount: pickBatchAmount(random, lottery.bets),
    window: random.pick([1, 2, 8, 64]),
    killedAfterAcks: index === kills ? undefined : random.below(8),
    leftovers: random.pick<Leftovers>(['pass', 'after-has', 'after-bet', 'after-bet']),
  }));
}

function pickBatchAmount(random: Random, bets: number): number {
  // Not more batches than the round has time for.
  return Math.max(random.pick([1, 3, 10, 23, 50, 100, 300, 9_999]), Math.ceil(bets / 300));
}
