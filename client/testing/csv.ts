/** CSV as a careful spreadsheet writes it. */

/** A column: quoted where it must be, or wherever `quotesAll` says so. */
export function csvColumn(text: string, quotesAll = false): string {
  return quotesAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as a file, each with its own line end. */
export function csvFile(
  rows: readonly {
    readonly columns: readonly string[];
    readonly lineEnd: string;
    readonly quotesAll?: boolean;
  }[],
): string {
  return rows
    .map(
      ({ columns, lineEnd, quotesAll }) =>
        columns.map((text) => csvColumn(text, quotesAll)).join(',') + lineEnd,
    )
    .join('');
}
