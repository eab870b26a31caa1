import { barLine, BarState } from './progress_bar';
import { Terminal } from './terminal';

const STATE: BarState = {
  agency: 1,
  storedBets: 12_345,
  totalBets: 27_118,
  leftOutRows: 0,
  readBytes: 1_000,
  fileBytes: 1_000,
  elapsedMs: 5_000,
  storedBefore: 0,
};

/** What a person sees: the lines of a terminal, on which no line is longer than it is wide. */
class SeenLines {
  readonly lines = [''];
  columns: number;

  constructor(columns: number) {
    this.columns = columns;
  }

  readonly write = (text: string): void => {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) this.lines.push('');
      const erased = part.split('\r\u001b[K');
      const last = this.lines.length - 1;
      this.lines[last] = erased.length > 1 ? erased.at(-1)! : this.lines[last]! + part;
    }
  };
}

describe('the line of progress', () => {
  test('says what is checked, then what is stored of all bets, each by its name', () => {
    expect(barLine({ ...STATE, totalBets: undefined, storedBets: 0, readBytes: 450 }, 100)).toMatch(
      /^agency 1 \[█+░+\] 45 % of the file checked$/,
    );
    expect(barLine({ ...STATE, storedBets: 0 }, 100)).toMatch(/^agency 1 \[░+\] 0 of 27,118 stored$/);
    expect(barLine(STATE, 100)).toMatch(
      /^agency 1 \[█+░+\] 12,345 of 27,118 stored \| 6 s left \| 2,469 bets\/s$/,
    );
    expect(barLine({ ...STATE, storedBets: 27_118 }, 100)).toMatch(
      /^agency 1 \[█+\] 27,118 stored, draw awaited$/,
    );
    expect(barLine({ ...STATE, storedBets: 0, totalBets: 0, fileBytes: 0 }, 100)).toMatch(
      /0 stored, draw awaited$/,
    );
  });

  test.each([40, 41, 60, 80, 200])('fits a terminal of %d columns, with the amounts whole', (columns) => {
    for (const storedBets of [0, 12_345, 27_118]) {
      const line = barLine({ ...STATE, storedBets }, columns);
      expect(line.length).toBeLessThan(columns);
      expect(line).toMatch(/ (of 27,118 stored|27,118 stored, draw awaited)/);
    }
  });

  test('is cut on one that is narrower still', () => {
    for (let columns = 0; columns < 40; columns++)
      expect(barLine(STATE, columns).length).toBeLessThanOrEqual(columns);
  });
});

describe('a terminal', () => {
  test.each([40, 80, 200])('of %d columns shows log lines whole, above the line that changes', (columns) => {
    const seen = new SeenLines(columns);
    const terminal = new Terminal(seen);
    const lines = ['action: config | result: success', 'x'.repeat(300), 'action: send_fin | result: success'];
    terminal.write(`${lines[0]!}\n`);
    let storedBets = 0;
    terminal.show((width) => barLine({ ...STATE, storedBets }, width));
    terminal.write(`${lines[1]!}\n`);
    storedBets = 27_118;
    terminal.draw();
    terminal.write(`${lines[2]!}\n`);
    expect(seen.lines.slice(0, -1)).toEqual(lines);
    expect(seen.lines.at(-1)).toMatch(/^agency 1 .*27,118 stored, draw awaited$/);
    terminal.keep();
    terminal.write('last\n');
    expect(seen.lines.slice(-3)).toEqual([expect.stringMatching(/^agency 1 .*draw awaited$/), 'last', '']);
  });

  test('heeds a new width', () => {
    const seen = new SeenLines(100);
    const terminal = new Terminal(seen);
    terminal.show((columns) => 'x'.repeat(columns - 1));
    seen.columns = 40;
    terminal.draw();
    expect(seen.lines).toEqual(['x'.repeat(39)]);
  });
});
