import { AgencyResult, RunResult } from './run';
import { endText, failureLines, MAX_LISTED_WINNERS, MAX_NAMED_AGENCIES, summary } from './summary';

const FOLDER = '.run/20250131-235959-4711';
const agency = (number: number, winners: readonly string[]): AgencyResult => ({
  agency: number,
  storedBets: 1_000 * number,
  leftOutRows: 1,
  leftOutFile: undefined,
  winners,
  storedAfterMs: 400,
  failure: undefined,
});
const resultOf = (...agencies: AgencyResult[]): RunResult => ({ agencies, tookMs: 500 });
const failed = (number: number, failure: string | undefined): AgencyResult => ({
  ...agency(number, []),
  winners: undefined,
  failure,
});
const on = (columns: number | undefined, runFolder = FOLDER) => ({ runFolder, columns, isLong: false });
const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
const documents = (count: number): string[] => Array.from({ length: count }, (_, index) => `4000${index}`);

test('tells the agencies, the sums and where everything lies', () => {
  const text = summary(resultOf(agency(1, ['11', '12']), agency(2, [])), on(undefined));
  expect(text).toMatch(/^ {5}1 {3}1,000 {15}1 {9}2 {10}0\.4 s$/m);
  expect(text).toMatch(/^ total {3}3,000 {15}2 {9}2$/m);
  expect(text).toContain('time:    0.50 s from starting the agencies to the last WIN (6,000 bets/s)\n');
  expect(text).toContain(`winners: ${FOLDER}/winners-agency-*.txt\n`);
  expect(text).toContain(`ledger:  ${FOLDER}/ledger/lottery.db`);
  expect(text).toMatch(/^ {2}sqlite3 -box \S+lottery\.db \\\n {4}'SELECT .*'$/m);
});

test('fits a terminal of 80 columns', () => {
  const many = Array.from({ length: 12 }, (_, index) => agency(index + 1, documents(1)));
  const text = summary(resultOf(...many), on(80));
  expect(widthOf(text)).toBeLessThanOrEqual(80);
});

test.each([40, 45, 50, 60])('the table and the sums fit a terminal of %d columns', (columns) => {
  const large = { ...agency(1_000, []), storedBets: 9_999_999, leftOutRows: 1_000, failure: 'its file' };
  const text = summary(resultOf(large, { ...large, winners: undefined }), on(columns));
  // Paths and commands are never broken.
  const [tableAndSums] = text.split(/^winners:/m);
  expect(widthOf(tableAndSums!)).toBeLessThanOrEqual(columns);
  expect(tableAndSums).toMatch(/^ *agency .*winners/m);
});

test('tells which agencies have failed, and that there was no draw', () => {
  const text = summary(resultOf(failed(1, undefined), failed(2, 'agency 2 failed: its file')), on(undefined));
  expect(text).toMatch(/^ {5}1 .* no draw .*$/m);
  expect(text).toMatch(/^ {5}2 .* failed .*$/m);
  expect(text).toContain('to the last bet; there was no draw (');
  expect(text).not.toContain('winners-agency');
});

test('says how to watch a longer run, unless this was one', () => {
  const result = resultOf(agency(1, []), agency(2, []));
  const text = summary(result, on(40));
  expect(text).toMatch(/\nto watch a longer one:\n {2}npm start -- 2 --bets 2000000 --stay\n$/);
  expect(summary(result, { ...on(40), isLong: true })).not.toContain('npm start');
});

describe('the lines about what went wrong', () => {
  test('say why, and where the rows are', () => {
    const lines = failureLines(
      resultOf(
        { ...failed(1, 'agency 1 failed: 2 rows'), leftOutRows: 0, leftOutFile: 'rejected-1.csv' },
        { ...agency(2, []), leftOutRows: 1, leftOutFile: 'rejected-2.csv' },
        { ...agency(3, []), leftOutRows: 1_200, leftOutFile: 'agency-3.log' },
        agency(4, []),
      ),
    );
    expect(lines).toEqual([
      'agency 1 failed: 2 rows',
      'agency 1: rows that cannot be sent: rejected-1.csv',
      'agency 2: 1 row was left out: rejected-2.csv',
      'agency 3: 1,200 rows were left out: agency-3.log',
    ]);
  });

  test('are few', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => failed(index + 1, 'why'));
    const lines = failureLines(resultOf(...many));
    expect(lines).toHaveLength(MAX_NAMED_AGENCIES + 1);
    expect(lines.at(-1)).toBe('and 980 lines more of this kind');
  });
});

test('a run that is cut short says what is stored, and where', () => {
  expect(endText(resultOf(agency(1, []), agency(2, [])), FOLDER)).toBe(
    `3,000 bets were acknowledged and lie in ${FOLDER}/ledger/lottery.db`,
  );
  const none = { ...agency(1, []), storedBets: 0 };
  expect(endText(resultOf(none), FOLDER)).toBe(`no bet was acknowledged; the logs lie in ${FOLDER}`);
});

test('lists few winners, by agency', () => {
  const text = summary(resultOf(agency(1, []), agency(2, documents(MAX_LISTED_WINNERS))), on(1_000));
  expect(text).toContain(`winners of agency 2: ${documents(MAX_LISTED_WINNERS).join(' ')}\n`);
  expect(text).not.toContain('winners of agency 1');
});

test('lists none where there are many, or no terminal', () => {
  const few = resultOf(agency(1, documents(1)));
  const many = resultOf(agency(1, documents(MAX_LISTED_WINNERS + 1)));
  expect(summary(many, on(200))).not.toContain('winners of');
  expect(summary(few, on(undefined))).not.toContain('winners of');
});

test('the path is one word for the shell', () => {
  expect(summary(resultOf(agency(1, [])), on(undefined, "/it's here"))).toContain(
    `sqlite3 -box '/it'\\''s here/ledger/lottery.db' \\\n`,
  );
});
