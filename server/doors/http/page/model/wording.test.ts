import { ERROR_CODES } from '../../../../../protocol/error_codes';
import { Board } from './board';
import type { FeedDraw } from './feed_message';
import { figuresOf, stateOf } from './testing/messages';
import { drawTexts, finishedText, reasonText, titleText, warningText } from './wording';

const DRAW: FeedDraw = { isCalledOff: false, bets: 78_000, missingAgencies: 0, winningBets: 22, winners: [] };

test('the title has what is wrong, or how far it is', () => {
  const board = new Board(stateOf({ figures: figuresOf({ totalBets: 78_000 }) }));
  expect(titleText(undefined, 'connecting')).toBe('Connecting · Lottery');
  expect(titleText(board, 'live')).toBe('Sale open · 78,000 bets · Lottery');
  expect(titleText(board, 'lost')).toBe('Lost · Lottery');
});

test('a warning says how old the numbers are', () => {
  expect(warningText('live', 100)).toBe('');
  expect(warningText('connecting', undefined)).toBe('');
  expect(warningText('stale', 4_200)).toBe('The server is silent. These numbers are 4 s old.');
  expect(warningText('lost', 72_000)).toBe(
    'The server does not answer; trying again. These numbers are 1 min 12 s old.',
  );
  expect(warningText('lost', undefined)).toBe('The server does not answer; trying again.');
});

test.each<[string, Partial<FeedDraw> | undefined, number, { outcome: string; detail: string }]>([
  ['awaited', undefined, 2, { outcome: 'Awaited', detail: '2 of 3 agencies finished' }],
  ['being held', undefined, 3, { outcome: 'Drawing', detail: '3 of 3 agencies finished' }],
  ['held', {}, 3, { outcome: '22 winning bets', detail: 'of 78,000' }],
  ['held, with one winner', { winningBets: 1 }, 3, { outcome: '1 winning bet', detail: 'of 78,000' }],
  [
    'held without all',
    { missingAgencies: 1 },
    2,
    { outcome: '22 winning bets', detail: 'of 78,000; 1 agency had not finished' },
  ],
  [
    'called off',
    { isCalledOff: true, missingAgencies: 2 },
    1,
    { outcome: 'Called off', detail: '2 agencies had not finished' },
  ],
])('the draw that is %s', (_, draw, finishedAgencies, texts) => {
  const figures = figuresOf({ finishedAgencies });
  const board = new Board(stateOf({ figures, ...(draw && { draw: { ...DRAW, ...draw } }) }));
  expect(drawTexts(board)).toEqual(texts);
});

test('one agency is no agencies', () => {
  expect(finishedText(new Board(stateOf({ agencyCount: 1 })))).toBe('0 of 1 agency');
});

test('every code has its reason, and an unknown one none', () => {
  for (const code of [...Object.keys(ERROR_CODES), 'unauthorized', 'forbidden', 'bad-request']) {
    expect([code, reasonText(code)]).toEqual([code, expect.stringMatching(/^[a-z]/)]);
  }
  expect(reasonText('other')).toBe('');
});
