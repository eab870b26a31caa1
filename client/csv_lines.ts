/** The lines of a CSV file, and their columns. */
/** The longest line: far above any that could be sent. */
export const MAX_ROW_BYTES = 64 * 1024;

const QUOTE = '"';
const PARSING = {
  delimiter: ',',
  record_delimiter: '\n',
  relax_column_count: true,
  relax_quotes: true,
} as const;

/** Cuts what is read into lines. It never holds more than what it was given last and the longest line. */
export class LineSplitter {
  /** The beginning of a line. */
  #rest = '';

  /**
   * Takes the next bytes.
   *
   * @returns the lines that are whole now, without their ends (`LF` or `CRLF`), a character for each byte (latin1). Of a
   *   line that is longer than {@link MAX_ROW_BYTES}, a longer beginning
   */
  take(bytes: Buffer): string[] {
    const lines = (this.#rest + bytes.toString('latin1')).split('\n');
    const rest = lines.pop() ?? '';
    this.#rest = rest.length > MAX_ROW_BYTES ? rest.slice(0, MAX_ROW_BYTES + 1) : rest;
    for (const [index, line] of lines.entries()) if (line.endsWith('\r')) lines[index] = line.slice(0, -1);
    return lines;
  }

  /** The file has ended: its last line, if no line end came behind it. */
  end(): string[] {
    const last = this.#rest;
    this.#rest = '';
    return last === '' ? [] : [last];
  }
}

/**
 * The columns of lines in which quotes stand, by the rules of CSV, except that no column holds a line break: a quote ends
 * on its line.
 *
 * @returns for each line its columns; `undefined` where a quote is not closed
 */
export function quotedColumns(lines: readonly string[]): (readonly string[] | undefined)[] {
  const together = parse(lines.join('\n'));
  const isAligned =
    together?.length === lines.length &&
    together.every((columns) => columns.every((column) => !column.includes('\n')));
  if (isAligned) return together;
  return lines.map((line) => parse(line)?.[0]);
}

/** Whether a line needs {@link quotedColumns}. */
export function hasQuote(line: string): boolean {
  return line.includes(QUOTE);
}

type ParseCsv = (text: string, options: typeof PARSING) => string[][];

let parseCsv: ParseCsv | undefined;

function parse(text: string): string[][] | undefined {
  // Loaded with the first quote: most files have none, and an agency starts faster without.
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- at once, and found by what bundles the agency
  parseCsv ??= (require('csv-parse/sync') as { parse: ParseCsv }).parse;
  try {
    return parseCsv(text, PARSING);
  } catch {
    // The quote that is not closed: nothing else is an error with these options.
    return undefined;
  }
}
