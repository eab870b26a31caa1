import { ERROR_CODES } from '../../../../../protocol/error_codes';
import { Board } from './board';
import type { FeedDeadline, FeedDraw, FeedProgress } from './feed_message';
import { formatMoment } from './format';
import { figuresOf, stateOf } from './testing/messages';
import {
  agenciesText,
  agencyText,
  deadlineTexts,
  drawTexts,
  finishedText,
  heardText,
  reasonText,
  serverText,
  titleText,
  warningText,
} from './wording';

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

test.each<[FeedProgress, string]>([
  [{ phase: 'closing', isOverdue: false }, 'Closing the sale'],
  [{ phase: 'gated', isOverdue: false, gate: 'the notary' }, 'Waiting for the notary'],
  [{ phase: 'searching', isOverdue: false }, 'Looking for winners'],
  [{ phase: 'recording', isOverdue: false }, 'Storing the result'],
  [{ phase: 'retrying', isOverdue: false }, 'Trying again: the storage could not take it'],
])('a draw that is being held: %o', (progress, outcome) => {
  const board = new Board(stateOf({ figures: figuresOf({ progress, finishedAgencies: 3 }) }));
  expect(drawTexts(board)).toEqual({ outcome, detail: '3 of 3 agencies finished' });
});

describe('a deadline', () => {
  const { atMs } = figuresOf();
  const told = (action: FeedDeadline['action'], progress: Partial<FeedProgress>, sinceMs = 0) => {
    const figures = figuresOf({ progress: { phase: 'awaited', isOverdue: false, ...progress } });
    const deadline = { action, afterFirstFinishMs: 5_400_000 };
    return deadlineTexts(new Board(stateOf({ deadline, figures })), sinceMs);
  };

  test('that counts from the first FIN says so until then', () => {
    expect(told('draw', {})).toEqual({
      left: '',
      detail:
        'Deadline: 1 h 30 min after the first agency finishes. Then the draw runs without those missing.',
      isWarning: false,
    });
  });

  test('counts down, also between the messages', () => {
    const dueAtMs = atMs + 3_723_000;
    expect(told('call-off', { dueAtMs, leftMs: 3_723_000 })).toEqual({
      left: '1:02:03 left',
      detail: `Deadline: ${formatMoment(dueAtMs, atMs)}. Then the draw is called off if any are missing.`,
      isWarning: false,
    });
    expect(told('draw', { dueAtMs, leftMs: 3_723_000 }, 1_500)?.left).toBe('1:02:02 left');
    expect(told('draw', { dueAtMs, leftMs: 1_000 }, 5_000)?.left).toBe('0:00 left');
  });

  test('long past says what the operator is to do', () => {
    const dueAtMs = atMs - 7_200_000;
    expect(told('draw', { dueAtMs, leftMs: -7_200_000, isOverdue: true })).toMatchObject({
      left: '2 h ago',
      detail: expect.stringContaining('DRAW_DEADLINE_OVERDUE = act') as string,
      isWarning: true,
    });
  });

  test('is none where there is none, and when it no longer counts', () => {
    expect(deadlineTexts(new Board(stateOf()), 0)).toBeUndefined();
    expect(told('draw', { phase: 'searching', dueAtMs: atMs, leftMs: 0 })).toBeUndefined();
  });
});

test('when an agency was last heard of is a time, or before the start, or nothing', () => {
  const board = new Board(
    stateOf({
      agencies: [
        [1, 1, 10, 0, 0, 1, 3, 1, 2],
        [2, 1, 10, 0, 0, 0, -1, 2, -1],
      ],
    }),
  );
  const { startedAtMs, figures } = board;
  expect([1, 2, 3].map((agency) => heardText(board, agency))).toEqual([
    formatMoment(startedAtMs + 3_000, figures.atMs),
    `before ${formatMoment(startedAtMs, figures.atMs)}`,
    '',
  ]);
  expect(agencyText(board, 1)).toMatch(
    /^Agency 1: selling, last heard \S.*, connected since \S.*, certificate$/,
  );
  expect(agencyText(board, 2)).toMatch(/^Agency 2: selling, last heard before \S.*, requests, token$/);
  expect(agencyText(board, 3)).toBe('Agency 3: never seen');
  expect(agenciesText(board)).toBe('2 selling, 1 never seen, 1 connected by certificate');
});

test('the server is told by its machine, port, version and run', () => {
  expect(serverText(new Board(stateOf()))).toMatch(
    /^Server here:12345, version 1\.2\.3, run 1, up 10 s, since \d/,
  );
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
