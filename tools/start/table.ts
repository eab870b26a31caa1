/** Tables of text. */

const GAP = '   ';

/**
 * Sets out a table: each column as wide as its widest cell, everything to the right, a line below the heading and
 * above the last row.
 *
 * @param heading the columns' names
 * @param rows as many cells each
 * @param sum the last row
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  sum: readonly string[],
): string {
  const widths = heading.map((_, column) =>
    [heading, ...rows, sum].reduce((width, row) => Math.max(width, (row[column] ?? '').length), 0),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => (cells[column] ?? '').padStart(width))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP);
  return [line(heading), rule, ...rows.map(line), rule, line(sum)].map((text) => `${text}\n`).join('');
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
