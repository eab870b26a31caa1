/** The large figures at the top: how the sale goes, and after the draw how it went. */
import type { Board } from './board';
import type { FeedDraw, Figures } from './feed_message';
import { formatAge, formatBytes, formatCount, formatMilliseconds, formatMoment } from './format';

const UNKNOWN = '–';

/** A large figure: what it is, its value, and its unit or more about it. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
}

/** The figures that differ before the draw and after it. */
export interface Tiles {
  readonly rate: Tile;
  readonly commit: Tile;
  readonly queue: Tile;
}

/** The large figures. */
export function tilesOf({ draw, figures }: Board): Tiles {
  return draw === undefined ? runningTiles(figures) : drawnTiles(draw, figures.atMs);
}

function runningTiles({ betsPerSecond, bytesPerSecond, commits, queuedBytes }: Figures): Tiles {
  const bytes = bytesPerSecond === 0 ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  const isIdle = commits.count === 0;
  return {
    rate: { name: 'Stored now', value: formatCount(betsPerSecond), detail: `bets/s${bytes}` },
    commit: {
      name: 'Commit time, p99',
      value: isIdle ? UNKNOWN : formatMilliseconds(commits.p99Ms),
      detail: isIdle ? 'no commits now' : `${formatCount(commits.count)} commits/s`,
    },
    queue: { name: 'Waiting to be stored', value: formatBytes(queuedBytes), detail: 'of bets' },
  };
}

function drawnTiles(draw: FeedDraw, nowMs: number): Tiles {
  const { isCalledOff, decidedAtMs, tookMs } = draw;
  return {
    rate: { name: 'Mean rate of the sale', ...meanRate(draw.sale) },
    commit: {
      name: isCalledOff ? 'Called off at' : 'Drawn at',
      value: decidedAtMs === undefined ? UNKNOWN : formatMoment(decidedAtMs, nowMs),
      detail: decidedAtMs === undefined ? 'not known' : '',
    },
    queue: {
      name: isCalledOff ? 'Calling off took' : 'The draw took',
      value: tookMs === undefined ? UNKNOWN : formatMilliseconds(tookMs),
      detail: tookMs === undefined ? 'not seen by this run' : 'from the close',
    },
  };
}

function meanRate(sale: FeedDraw['sale']): Omit<Tile, 'name'> {
  if (sale === undefined) return { value: UNKNOWN, detail: 'no sale seen by this run' };
  if (sale.durationMs === 0) return { value: UNKNOWN, detail: `${formatCount(sale.bets)} bets at once` };
  const rate = (sale.bets * 1_000) / sale.durationMs;
  const duration = sale.durationMs < 1_000 ? formatMilliseconds(sale.durationMs) : formatAge(sale.durationMs);
  return { value: formatCount(rate), detail: `bets/s over ${duration}` };
}
