import { spreadOf, sumOf } from '../figures';
import { DrawFigures } from './draw';

/** A draw, split into what it always costs and what each bet adds. */
export interface DrawParts {
  /** The draw of a lottery without bets: the last FIN's commit, closing the sale, storing the draw, telling it. */
  readonly fixedMs: number;
  /** What a million bets add, read and looked through: the straight line through all draws. */
  readonly scanMsPerMillion: number;
  /** Processor time for a million bets. */
  readonly databaseCpuMsPerMillion: number;
  readonly serversCpuMsPerMillion: number;
}

/**
 * Splits draws over different numbers of bets.
 *
 * @param empty draws over none, at least one
 * @param draws at least one, over some
 */
export function partsOf(empty: readonly DrawFigures[], draws: readonly DrawFigures[]): DrawParts {
  const fixedMs = spreadOf(empty.map(({ drawMs }) => drawMs)).median;
  const bets = sumOf(draws.map((draw) => draw.bets));
  const perMillion = (valueOf: (draw: DrawFigures) => number): number =>
    (sumOf(draws.map(valueOf)) / bets) * 1_000_000;
  return {
    fixedMs,
    scanMsPerMillion: slope(draws.map((draw) => [draw.bets / 1_000_000, draw.drawMs - fixedMs])),
    databaseCpuMsPerMillion: perMillion(({ databaseCpuMs }) => databaseCpuMs),
    serversCpuMsPerMillion: perMillion(({ serversCpuMs }) => serversCpuMs),
  };
}

/** Of the straight line from the origin that fits best (least squares). */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  return sumOf(points.map(([x, y]) => x * y)) / sumOf(points.map(([x]) => x * x));
}
