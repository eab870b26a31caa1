import { Board } from './board';
import type { FeedDraw } from './feed_message';
import { changeOf, figuresOf, stateOf } from './testing/messages';

const DRAW: FeedDraw = {
  isCalledOff: false,
  bets: 100,
  missingAgencies: 0,
  winningBets: 3,
  winners: [
    [1, 2],
    [3, 1],
  ],
};

test('agencies are what they were last told to be', () => {
  const board = new Board(stateOf({ agencies: [[2, 1, 70, 70, 0, 1, 5, 1, 4]] }));
  expect([1, 2].map((agency) => board.agency(agency))).toEqual([
    [1, 0, 0, 0, 0, 0, -1, 0, -1],
    [2, 1, 70, 70, 0, 1, 5, 1, 4],
  ]);
  board.apply(changeOf({ agencies: [[1, 1, 10, 10, 1, 0, 7, 0, -1]] }));
  expect([1, 2].map((agency) => board.agency(agency))).toEqual([
    [1, 1, 10, 10, 1, 0, 7, 0, -1],
    [2, 1, 70, 70, 0, 1, 5, 1, 4],
  ]);
});

test('the total goes on over time', () => {
  const board = new Board(stateOf());
  board.apply(changeOf({ figures: figuresOf({ atMs: 1_795_000_002_000, totalBets: 40 }) }));
  expect(board.figures.totalBets).toBe(40);
  expect(board.timeline.plot(60_000)).toMatchObject({ bets: [0, 40], betsPerSecond: [0, 20] });
});

test('the lottery goes from open to drawn', () => {
  const board = new Board(stateOf({ figures: figuresOf({ isReady: false }) }));
  expect(board.phase).toBe('not-ready');
  board.apply(changeOf());
  expect(board.phase).toBe('open');
  for (const [phase, told] of [
    ['closing', 'drawing'],
    ['gated', 'drawing'],
    ['searching', 'drawing'],
    ['retrying', 'delayed'],
    ['recording', 'drawing'],
  ] as const) {
    board.apply(changeOf({ figures: figuresOf({ progress: { phase, isOverdue: false } }) }));
    expect([board.phase, board.winnersOf(1)]).toEqual([told, undefined]);
  }
  board.apply(changeOf({ draw: DRAW }));
  expect([board.phase, board.winnersOf(1), board.winnersOf(2)]).toEqual(['drawn', 2, 0]);
  board.apply(changeOf());
  expect([board.phase, board.draw, board.winnersOf(3)]).toEqual(['drawn', DRAW, 1]);
});

test('a draw that was called off has no winners, not even none', () => {
  const board = new Board(stateOf({ draw: { ...DRAW, isCalledOff: true, winners: [] } }));
  expect([board.phase, board.winnersOf(1)]).toEqual(['called-off', undefined]);
});

test('a deadline that is held is seen', () => {
  const progress = { phase: 'awaited', isOverdue: true, dueAtMs: 1, leftMs: -4_000_000 } as const;
  expect(new Board(stateOf({ figures: figuresOf({ progress }) })).phase).toBe('overdue');
});

test('an agency is never seen, selling, finished, or missing at the close', () => {
  const board = new Board(
    stateOf({
      agencyCount: 5,
      agencies: [
        [2, 3, 70, 0, 0, 0, -1, 0, -1],
        [3, 0, 0, 0, 0, 1, 4, 3, 4],
        [4, 1, 10, 0, 1, 0, 9, 2, -1],
      ],
    }),
  );
  const states = (): string[] => [1, 2, 3, 4].map((agency) => board.stateOf(agency));
  expect(states()).toEqual(['never-seen', 'selling', 'selling', 'finished']);
  expect([1, 2, 4].map((agency) => board.heardAtMs(agency))).toEqual([
    undefined,
    undefined,
    board.startedAtMs + 9_000,
  ]);
  expect([2, 3, 4].map((agency) => [board.rightOf(agency), board.connectedSinceMs(agency)])).toEqual([
    [undefined, undefined],
    ['none', board.startedAtMs + 4_000],
    ['token', undefined],
  ]);
  board.apply(changeOf({ draw: DRAW }));
  expect(states()).toEqual(['missing', 'missing', 'missing', 'finished']);
});
