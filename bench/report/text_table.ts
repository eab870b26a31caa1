const GAP = '  ';

/**
 * Sets out a table: each column as wide as its widest cell, a line below the heading.
 *
 * @param left the columns whose cells stand to the left; the others stand to the right
 */
export function textTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly string[] = [],
): string {
  const widths = heading.map((name, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? '').length), name.length),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? '';
        return left.includes(heading[column] ?? '') ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP);
  return [line(heading), rule, ...rows.map(line)].map((text) => `${text}\n`).join('');
}
