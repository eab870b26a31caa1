/** The points at which the server is killed: what kill_points.cjs knows, in the order in which a lottery passes them. */

/** Which part of a lottery a point belongs to. */
export type Phase = 'start' | 'sale' | 'finish' | 'draw' | 'win';

/** A point, its phase, and how often it is passed for sure, at least, when its phase is played. */
export interface KillPoint {
  readonly name: string;
  readonly phase: Phase;
  readonly passages: number;
}

function beforeAndAfter(name: string, phase: Phase, passages: number): KillPoint[] {
  return ['before', 'after'].map((side) => ({ name: `${name}:${side}`, phase, passages }));
}

/** Passed by a server on a new ledger only. */
export const CREATION_POINTS: readonly KillPoint[] = beforeAndAfter('schema', 'start', 1);

/** Passed by every server. */
export const START_POINTS: readonly KillPoint[] = beforeAndAfter('open', 'start', 1);

/** Passed while bets are sold. */
export const SALE_POINTS: readonly KillPoint[] = [
  ...beforeAndAfter('append', 'sale', 12),
  ...beforeAndAfter('segment', 'sale', 8),
  ...beforeAndAfter('commit-of-batches', 'sale', 8),
  ...beforeAndAfter('ack', 'sale', 8),
  { name: 'ack:half', phase: 'sale', passages: 8 },
];

/** Passed while agencies finish. */
export const FINISH_POINTS: readonly KillPoint[] = [
  ...beforeAndAfter('fin', 'finish', 4),
  ...beforeAndAfter('commit-of-fin', 'finish', 2),
];

/** Passed once, when the last agency has finished. */
export const DRAW_POINTS: readonly KillPoint[] = [
  ...beforeAndAfter('sale', 'draw', 1),
  ...beforeAndAfter('commit-of-sale', 'draw', 1),
  ...beforeAndAfter('draw', 'draw', 1),
  ...beforeAndAfter('commit-of-draw', 'draw', 1),
];

/** Passed when agencies are told their winners. */
export const WIN_POINTS: readonly KillPoint[] = [
  ...beforeAndAfter('win', 'win', 3),
  { name: 'win:half', phase: 'win', passages: 3 },
];
