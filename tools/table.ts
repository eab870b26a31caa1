/** Plain-text tables. */

const GAP_COLUMNS = 3;

/** How a table's layout differs from the default. */
export interface TableLayout {
  /** The columns whose cells are left-aligned. */
  readonly left?: readonly string[];
  /** Spaces between the columns. */
  readonly gapColumns?: number;
}

/**
 * Formats a table: each column as wide as its widest cell, cells right-aligned, a line below the heading and above
 * the sum.
 *
 * @param heading the columns' names
 * @param rows the cells of each row, one for each column
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
 * @param label starts the first line; the others are indented by its length
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

/** Seconds with `digits` digits after the decimal point. */
export function seconds(milliseconds: number, digits: number): string {
  return `${(milliseconds / 1_000).toFixed(digits)} s`;
}
