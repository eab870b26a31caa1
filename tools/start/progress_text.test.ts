import { AgencyState, Extent, totalExtent } from './agency_state';
import { barLine, progressLine, shareOf } from './progress_text';

const READING = {
  readBytes: 629,
  fileBytes: 1_000,
  storedBets: 45_000,
  totalBets: undefined,
  betsPerSecond: 33_000,
};
const SENDING = { ...READING, readBytes: 1_000, totalBets: 60_000 };

function stateOf(agency: number, extent: Extent): AgencyState {
  const state = new AgencyState(agency, extent.fileBytes);
  state.take({ kind: 'progress', leftOutRows: 0, ...extent }, 1_000);
  return state;
}

describe('the share that is done', () => {
  test('is that of the file until it is known how many bets it holds, then that of the bets', () => {
    expect(shareOf(READING)).toEqual({ done: 0.629, of: 'read' });
    expect(shareOf(SENDING)).toEqual({ done: 0.75, of: 'stored' });
  });

  test('is all where there is nothing to do', () => {
    expect(shareOf({ ...READING, readBytes: 0, fileBytes: 0 }).done).toBe(1);
    expect(shareOf({ ...SENDING, storedBets: 0, totalBets: 0 }).done).toBe(1);
  });
});

describe('a bar', () => {
  test.each([
    [READING, 'agency 1 ██████████████████░░░░░░░░░░░  62 % read       45,000 stored     33,000/s'],
    [SENDING, 'agency 1 █████████████████████░░░░░░░░  75 % stored     45,000 bets       33,000/s'],
  ])('says by name what is done', (extent, line) => {
    expect(barLine('agency 1', extent, 81).replace(/[█░]+/, '')).toBe(line.replace(/[█░]+/, ''));
    expect(barLine('agency 1', extent, 81).length).toBeLessThanOrEqual(80);
  });

  test.each([READING, SENDING])('keeps bar, share and name on 40 columns', (extent) => {
    expect(barLine('agency 12', extent, 40)).toMatch(/^agency 12 █+░+ +\d+ % (read|stored)$/);
  });

  test('is as long as there is room for, but can still be read', () => {
    const full = { ...SENDING, storedBets: 9_999_999, totalBets: 9_999_999, betsPerSecond: 9_999_999 };
    for (let columns = 0; columns <= 300; columns++) {
      const line = barLine('agency 12', full, columns);
      expect(line.length).toBeLessThanOrEqual(Math.max(columns - 1, 0));
      if (columns >= 36) expect(line).toMatch(/^agency 12 █{10,60} 100 % stored/);
      if (columns >= 70) expect(line).toMatch(/9,999,999 bets +9,999,999\/s$/);
    }
  });
});

describe('the line without a terminal', () => {
  const lineOf = (...states: AgencyState[]): string =>
    progressLine(states, totalExtent(states, 1_000), 1_000);

  test('tells what is read and what is stored, by name', () => {
    expect(lineOf(stateOf(1, READING))).toBe('62 % read, 45,000 bets stored, 45,000 bets/s');
    expect(lineOf(stateOf(1, SENDING))).toBe('75 % stored, 45,000 bets stored, 45,000 bets/s');
  });

  test('names those of many that are furthest behind', () => {
    const states = Array.from({ length: 30 }, (_, index) =>
      stateOf(index + 1, {
        ...SENDING,
        storedBets: 100 * (index === 16 ? 1 : 300 - index),
        totalBets: 30_000,
      }),
    );
    states.push(stateOf(31, READING));
    expect(lineOf(...states)).toMatch(
      /; furthest behind: agency 31 \(62 % read\), agency 17 \(0 % stored\), agency 30 \(90 % stored\)$/,
    );
  });

  test('names nobody when all have stored everything', () => {
    const done = { ...SENDING, storedBets: 60_000 };
    expect(lineOf(stateOf(1, done), stateOf(2, done))).not.toContain('behind');
  });
});
