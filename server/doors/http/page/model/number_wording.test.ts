import { Board } from './board';
import type { FeedProgress } from './feed_message';
import { formatTime } from './format';
import { numberDueTexts } from './number_wording';
import { changeOf, figuresOf, stateOf } from './testing/messages';

const DUE_AT_MS = 1_795_000_090_000;

function boardWith(progress: Partial<FeedProgress>): Board {
  const figures = figuresOf({ progress: { phase: 'gated', isOverdue: false, ...progress } });
  return new Board(stateOf({ figures }));
}

test('counts down by the clock of the server, whatever that of the browser says', () => {
  const board = boardWith({ numberDueAtMs: DUE_AT_MS, numberLeftMs: 90_000 });
  const detail = `Until the beacon’s round is due: ${formatTime(DUE_AT_MS)}.`;
  expect(numberDueTexts(board, 0)).toEqual({ left: '1:30 left', detail });
  expect(numberDueTexts(board, 30_500)).toEqual({ left: '1:00 left', detail });
  expect(numberDueTexts(board, 89_999)).toEqual({ left: '0:01 left', detail });
});

test('says how long ago a round was due that has not come', () => {
  const board = boardWith({ numberDueAtMs: DUE_AT_MS, numberLeftMs: -5_000 });
  const detail = `The beacon’s round was due at ${formatTime(DUE_AT_MS)}, and has not come to this server yet.`;
  expect(numberDueTexts(board, 0)).toEqual({ left: 'Due 5 s ago', detail });
  expect(numberDueTexts(board, 60_000)).toEqual({ left: 'Due 1 min 5 s ago', detail });
  const now = boardWith({ numberDueAtMs: DUE_AT_MS, numberLeftMs: 1_000 });
  expect(numberDueTexts(now, 1_000)?.left).toBe('Due 0 s ago');
});

test('says nothing where no round is to come, and after the draw', () => {
  expect(numberDueTexts(boardWith({}), 0)).toBeUndefined();
  const board = boardWith({ numberDueAtMs: DUE_AT_MS, numberLeftMs: 90_000 });
  const draw = { isCalledOff: true, bets: 0, missingAgencies: 0, winningBets: 0, winners: [] };
  board.apply(changeOf({ draw, figures: board.figures }));
  expect(numberDueTexts(board, 0)).toBeUndefined();
});
