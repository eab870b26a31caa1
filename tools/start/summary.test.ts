import { AgencyResult, RunResult } from './run';
import { MAX_LISTED_WINNERS, summary } from './summary';

const FOLDER = '.run/20250131-235959-4711';
const agency = (number: number, winners: readonly string[]): AgencyResult => ({
  agency: number,
  storedBets: 1_000 * number,
  leftOutRows: 1,
  winners,
  storedAfterMs: 400,
});
const resultOf = (...agencies: AgencyResult[]): RunResult => ({ agencies, tookMs: 500 });
const documents = (count: number): string[] => Array.from({ length: count }, (_, index) => `4000${index}`);

test('tells the agencies, the sums and where everything lies', () => {
  const text = summary(resultOf(agency(1, ['11', '12']), agency(2, [])), FOLDER, undefined);
  expect(text).toMatch(/^ {5}1 {3}1,000 {15}1 {9}2 {10}0\.4 s$/m);
  expect(text).toMatch(/^ total {3}3,000 {15}2 {9}2$/m);
  expect(text).toContain('time:    0.50 s from starting the agencies to the last WIN (6,000 bets/s)\n');
  expect(text).toContain(`winners: ${FOLDER}/winners-agency-*.txt\n`);
  expect(text).toContain(`ledger:  ${FOLDER}/ledger/lottery.db`);
  expect(text).toMatch(/^ {2}sqlite3 -box \S+lottery\.db \\\n {4}'SELECT .*'$/m);
});

test('fits a terminal of 80 columns', () => {
  const many = Array.from({ length: 12 }, (_, index) => agency(index + 1, documents(1)));
  const text = summary(resultOf(...many), FOLDER, 80);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('lists few winners, by agency', () => {
  const text = summary(resultOf(agency(1, []), agency(2, documents(MAX_LISTED_WINNERS))), FOLDER, 1_000);
  expect(text).toContain(`winners of agency 2: ${documents(MAX_LISTED_WINNERS).join(' ')}\n`);
  expect(text).not.toContain('winners of agency 1');
});

test('lists none where there are many, or no terminal', () => {
  const few = resultOf(agency(1, documents(1)));
  const many = resultOf(agency(1, documents(MAX_LISTED_WINNERS + 1)));
  expect(summary(many, FOLDER, 200)).not.toContain('winners of');
  expect(summary(few, FOLDER, undefined)).not.toContain('winners of');
});

test('the path is one word for the shell', () => {
  expect(summary(resultOf(agency(1, [])), "/it's here", undefined)).toContain(
    `sqlite3 -box '/it'\\''s here/ledger/lottery.db' \\\n`,
  );
});
