/** The points at which a server that keeps a log is killed: what kill_points.cjs knows of the log, and when it is passed. */
import { Random } from '../../../tools/random';

/** A point and its how-manyeth passage. */
export interface LogKill {
  readonly point: string;
  readonly passage: number;
}

/** The kills of one lottery, in the order in which they are to come. */
export interface LogKills {
  /** While bets are sold. */
  readonly sale: readonly LogKill[];
  /** When all agencies have finished, until the seal is signed. */
  readonly seal: readonly LogKill[];
  /** When the seal is signed. */
  readonly result: readonly LogKill[];
}

const SIDES = ['before', 'after'];
const FILE_SIDES = ['before', 'half', 'written', 'after'];

const points = (name: string, sides: readonly string[]): string[] => sides.map((side) => `${name}:${side}`);

/** Passed again and again while bets are sold. */
const SALE_POINTS = [
  ...points('log-edge', FILE_SIDES),
  ...points('log-tile', FILE_SIDES),
  ...points('log-remove', SIDES),
  ...points('log-checkpoint', FILE_SIDES),
  ...points('log-sync', SIDES),
  ...points('receipt', ['before', 'half', 'after']),
];
/** Passed when the sale is over, and at each start from then on. */
const SEAL_POINTS = [
  ...points('log-leaf-finish', SIDES),
  ...points('log-leaf-seal', SIDES),
  ...points('log-seal-agencies', FILE_SIDES),
  ...points('log-seal-numbers', FILE_SIDES),
  ...points('log-seal-checkpoint', FILE_SIDES.slice(0, -1)),
];
/** Passed once: it is not written again. */
const SEALED_POINT = 'log-seal-checkpoint:after';
/** Passed when the winners are known, and at each start from then on. */
const RESULT_POINTS = [...points('log-leaf-result', SIDES), ...points('log-winners', FILE_SIDES)];

const MOST_PASSAGES = 4;
const PLAN_PURPOSE = 301;

/** Each point once, in an order and at passages that follow from the seed. */
export function planLogKills(seed: number, round: number): LogKills {
  const random = new Random(seed, PLAN_PURPOSE, round);
  const shuffled = (names: readonly string[]): string[] => random.sample(names, names.length);
  const once = (point: string): LogKill => ({ point, passage: 1 });
  return {
    sale: shuffled(SALE_POINTS).map((point) => ({ point, passage: 1 + random.below(MOST_PASSAGES) })),
    seal: [...shuffled(SEAL_POINTS), SEALED_POINT].map(once),
    result: shuffled(RESULT_POINTS).map(once),
  };
}
