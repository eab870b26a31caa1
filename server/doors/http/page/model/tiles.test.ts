import { Board } from './board';
import type { FeedDraw, Figures } from './feed_message';
import { formatMoment } from './format';
import { figuresOf, stateOf } from './testing/messages';
import { tilesOf } from './tiles';

const DRAW: FeedDraw = { isCalledOff: false, bets: 78_000, missingAgencies: 0, winningBets: 22, winners: [] };
const tiles = (figures: Partial<Figures>, draw?: Partial<FeedDraw>): string[] => {
  const state = stateOf({ figures: figuresOf(figures), ...(draw && { draw: { ...DRAW, ...draw } }) });
  const { rate, commit, queue } = tilesOf(new Board(state));
  return [rate, commit, queue].map(({ name, value, detail }) => `${name}: ${value} ${detail}`.trim());
};

test('while the sale is open they say how it goes, each with its unit', () => {
  const commits = { count: 22, operations: 40, p50Ms: 1, p99Ms: 5.35, maxMs: 6 };
  expect(tiles({ betsPerSecond: 15_997, bytesPerSecond: 2_048, commits, queuedBytes: 3_072 })).toEqual([
    'Stored now: 15,997 bets/s, 2 KiB/s',
    'Commit time, p99: 5.35 ms 22 commits/s',
    'Waiting to be stored: 3 KiB of bets',
  ]);
  expect(tiles({})).toEqual([
    'Stored now: 0 bets/s',
    'Commit time, p99: – no commits now',
    'Waiting to be stored: 0 B of bets',
  ]);
});

test('after the draw they say when it was, how long it took, and how fast the sale was', () => {
  const { atMs } = figuresOf();
  const decidedAtMs = atMs - 5_000;
  expect(tiles({}, { decidedAtMs, tookMs: 120, sale: { bets: 90_000, durationMs: 60_000 } })).toEqual([
    'Mean rate of the sale: 1,500 bets/s over 1 min',
    `Drawn at: ${formatMoment(decidedAtMs, atMs)}`,
    'The draw took: 120 ms from the close',
  ]);
  expect(tiles({}, { isCalledOff: true, decidedAtMs, tookMs: 1, sale: { bets: 7, durationMs: 0 } })).toEqual([
    'Mean rate of the sale: – 7 bets at once',
    `Called off at: ${formatMoment(decidedAtMs, atMs)}`,
    'Calling off took: 1 ms from the close',
  ]);
});

test('what a server that was started afterwards cannot know it does not say', () => {
  expect(tiles({}, {})).toEqual([
    'Mean rate of the sale: – no sale seen by this run',
    'Drawn at: – not known',
    'The draw took: – not seen by this run',
  ]);
});
