import { grouped, saleDetails, SaleState, saleText } from './sale';

const BEFORE: SaleState = {
  agency: 3,
  server: 'server:12345',
  sold: 0,
  stored: undefined,
  isClosed: false,
  leftOutRows: 0,
  isFinSent: false,
  winners: undefined,
};

test.each<[string, Partial<SaleState>, string]>([
  ['before the server has answered', {}, 'nothing was sent, the sale was not ended'],
  [
    'of a whole sale',
    { sold: 27_118, stored: 27_118, isFinSent: true, winners: 1 },
    'agency 3 has sold 27,118 bets, stored at server:12345; 0 rows left out; the sale was ended; 1 winner',
  ],
  [
    'in the middle of one that goes on',
    { sold: 1, stored: 1_001, leftOutRows: 1 },
    'agency 3 has sold 1 bet now, 1,001 bets in all, stored at server:12345; 1 row left out; the sale was not ended',
  ],
  [
    'of one that others have closed',
    { sold: 0, stored: 40, isClosed: true },
    'agency 3 has sold 0 bets now, 40 bets in all, stored at server:12345; 0 rows left out; the sale is closed at the server',
  ],
  [
    'in the wait for the draw',
    { sold: 2, stored: 2, isFinSent: true },
    'agency 3 has sold 2 bets, stored at server:12345; 0 rows left out; the sale was ended, the draw is still to come',
  ],
])('what is said %s', (_, state, text) => {
  expect(saleText({ ...BEFORE, ...state })).toBe(text);
});

test('what is logged', () => {
  expect(saleDetails(BEFORE)).toEqual({ sold: 0, left_out: 0, sale: 'open' });
  expect(saleDetails({ ...BEFORE, sold: 2, stored: 7, leftOutRows: 2, isFinSent: true })).toEqual({
    sold: 2,
    stored: 7,
    left_out: 2,
    sale: 'ended',
    server: 'server:12345',
  });
});

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [1_234_567, '1,234,567'],
])('%d is %s', (amount, text) => {
  expect(grouped(amount)).toBe(text);
});
