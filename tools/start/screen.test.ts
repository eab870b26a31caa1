import { AgencyState } from './agency_state';
import { linesFor } from './screen';

/** Agency N has stored N hundredths of its bets. */
function statesOf(count: number): AgencyState[] {
  return Array.from({ length: count }, (_, index) => {
    const state = new AgencyState(index + 1, 1_000);
    const progress = { storedBets: (index + 1) * 10, totalBets: 1_000, leftOutRows: 0 };
    state.take({ kind: 'progress', ...progress, readBytes: 1_000, fileBytes: 1_000 }, 500);
    return state;
  });
}

const shown = (states: readonly AgencyState[], rows: number, columns = 80): string[] =>
  linesFor(states, () => 1_000, rows).map((line) => line(columns));

test.each([
  [20, 50],
  [12, 13],
])('%d agencies have a bar each on %d rows', (agencies, rows) => {
  const lines = shown(statesOf(agencies), rows);
  expect(lines.map((line) => /^agency +(\d+) /.exec(line)?.[1])).toEqual(
    lines.map((_, index) => String(index + 1)),
  );
  expect(lines).toHaveLength(agencies);
});

test.each([
  [30, 50, 9],
  [12, 12, 9],
  [30, 4, 3],
  [30, 1, 1],
])('%d agencies on %d rows: all together, and who is behind, in %d lines', (agencies, rows, count) => {
  const lines = shown(statesOf(agencies).reverse(), rows);
  expect(lines).toHaveLength(count);
  expect(lines[0]).toMatch(new RegExp(`^${agencies} agencies `));
  expect(lines.slice(1).map((line) => Number(/^agency +(\d+) /.exec(line)?.[1]))).toEqual(
    Array.from({ length: count - 1 }, (_, index) => index + 1),
  );
});

test('who is done or has failed is not behind', () => {
  const states = statesOf(30);
  states[0]?.finished();
  states[1]?.failed('its file');
  expect(shown(states, 4).slice(1)).toEqual([
    expect.stringMatching(/^agency {2}3 /),
    expect.stringMatching(/^agency {2}4 /),
  ]);
});

test('an agency with a bar of its own that has failed says so', () => {
  const states = statesOf(2);
  states[1]?.failed('its file');
  expect(shown(states, 24)[1]).toBe('agency 2 has failed');
});

test.each([5, 10, 20, 40, 80, 200])('no line is wider than a terminal of %d columns', (columns) => {
  for (const agencies of [1, 20, 1_000]) {
    for (const line of shown(statesOf(agencies), 24, columns)) expect(line.length).toBeLessThan(columns);
  }
});
