import { Board } from './board';
import { connectedText, connectionText, expiryTexts, overseersText, sinceText } from './connection_wording';
import type { FeedExpiry, FeedOverseer } from './feed_message';
import { formatClock, formatRecent } from './format';
import { figuresOf, stateOf } from './testing/messages';

const DAY_MS = 86_400_000;

test('an agency is connected since then, by its right; or it asks by it', () => {
  const board = new Board(
    stateOf({
      agencyCount: 5,
      agencies: [
        [1, 0, 0, 0, 0, 1, 3, 1, 2],
        [2, 0, 0, 0, 0, 3, 3, 3, 2],
        [3, 0, 0, 0, 0, 0, 3, 2, -1],
        [4, 0, 0, 0, 0, 0, 3, 0, -1],
      ],
    }),
  );
  const [sinceMs, nowMs] = [board.startedAtMs + 2_000, board.figures.atMs];
  const since = formatRecent(sinceMs, nowMs);
  expect([1, 2, 3, 4, 5].map((agency) => connectionText(board, agency))).toEqual([
    `since ${since}, certificate`,
    `since ${since}, unproven ×3`,
    'requests, token',
    '',
    '',
  ]);
  expect([1, 3, 5].map((agency) => sinceText(board, agency))).toEqual([formatClock(sinceMs, nowMs), '', '']);
  expect(connectedText(board)).toBe('2 connected (1 by certificate, 1 unproven)');
});

test('how many are connected, by one right or by none', () => {
  expect(connectedText(new Board(stateOf()))).toBe('0 connected');
  const board = new Board(stateOf({ agencies: [[1, 0, 0, 0, 0, 1, 3, 3, 2]] }));
  expect(connectedText(board)).toBe('1 connected, unproven');
});

test('the operator and the auditor stand in one line, when there is something to be told', () => {
  const told = (...overseers: FeedOverseer[]): string =>
    overseersText(new Board(stateOf({ figures: figuresOf({ overseers }) })));
  const { atMs } = figuresOf();
  const at = formatRecent(atMs, atMs);
  expect(told()).toBe('');
  expect(
    told(
      { party: 'operator', right: 'certificate', connections: 2, atMs },
      { party: 'auditor', right: 'token', connections: 0, atMs },
    ),
  ).toBe(`Operator connected 2 times by certificate since ${at}; Auditor asked by token at ${at}`);
  expect(told({ party: 'operator', right: 'none', connections: 1, atMs })).toBe(
    `Operator connected unproven since ${at}`,
  );
});

test.each<[Partial<FeedExpiry>, string, string]>([
  [{ leftMs: 12.9 * DAY_MS }, 'Expires in 12 days', 'this server’s certificate'],
  [{ leftMs: DAY_MS }, 'Expires in 1 day', 'this server’s certificate'],
  [{ leftMs: 3_660_000 }, 'Expires in 1 h 1 min', 'this server’s certificate'],
  [{ leftMs: -2.5 * DAY_MS, name: 'auditor' }, 'Expired 2 days ago', 'the auditor’s certificate'],
  [{ leftMs: 0, name: 'something new' }, 'Expired 0 s ago', 'something new'],
  [{ name: 'agencies', agencies: [7] }, 'Expires in 1 day', 'the certificate of agency 7'],
  [
    { name: 'agencies', agencies: [3, 7], count: 2 },
    'The first expires in 1 day',
    'the certificates of agencies 3 and 7',
  ],
  [
    { name: 'agencies', agencies: [3, 7], count: 1_002, leftMs: -DAY_MS },
    'The first expired 1 day ago',
    'the certificates of agencies 3, 7 and 1,000 more',
  ],
])('%j is told as: %s', (given, lead, what) => {
  const expiry: FeedExpiry = {
    name: 'server',
    urgency: 'soon',
    leftMs: DAY_MS,
    agencies: [],
    count: 1,
    ...given,
  };
  const board = new Board(stateOf({ figures: figuresOf({ expiring: [expiry] }) }));
  expect(expiryTexts(board)).toEqual([{ urgency: 'soon', lead, what }]);
});
