/** Tables of text. */

const GAP_COLUMNS = 3;

/** How a table is set out where it differs from the usual. */
export interface TableLayout {
  /** The columns whose cells stand to the left. */
  readonly left?: readonly string[];
  /** Between the columns. */
  readonly gapColumns?: number;
}

/**
 * Sets out a table: each column as wide as its widest cell, cells to the right, a line below the heading and above
 * the sum.
 *
 * @param heading the columns' names
 * @param rows as many cells each
 * @param sum the last row, if there is one
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  sum?: readonly string[],
  { left = [], gapColumns = GAP_COLUMNS }: TableLayout = {},
): string {
  const last = sum === undefined ? [] : [sum];
  const gap = ' '.repeat(gapColumns);
  const widths = heading.map((_, column) =>
    [heading, ...rows, ...last].reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return left.includes(heading[column] ?? '') ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(gap)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(gap);
  const end = last.flatMap((cells) => [rule, line(cells)]);
  return [line(heading), rule, ...rows.map(line), ...end].map((text) => `${text}\n`).join('');
}

/**
 * Breaks words into lines.
 *
 * @param label stands before the first line; the others are indented as far
 * @param columns no line is longer, unless it is a single word
 */
export function wrapped(label: string, words: readonly string[], columns: number): string {
  const lines: string[] = [];
  let line = label;
  for (const word of words) {
    if (line.length > label.length && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(label.length);
    }
    line += ` ${word}`;
  }
  return [...lines, line].map((text) => `${text}\n`).join('');
}

/** A number with a comma at each thousand. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Seconds with so many digits behind the point. */
export function seconds(milliseconds: number, digits: number): string {
  return `${(milliseconds / 1_000).toFixed(digits)} s`;
}
