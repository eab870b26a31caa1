/** What a file looks like that is not of the form that an agency reads. */
import { isUtf8 } from 'node:buffer';

/** How much of a file's beginning is looked at for bytes that are no text. */
const LOOKED_AT_BYTES = 4 * 1024;

const SIGNATURES: readonly (readonly [bytes: readonly number[] | string, form: string])[] = [
  [[0xff, 0xfe, 0x00, 0x00], 'UTF-32'],
  [[0x00, 0x00, 0xfe, 0xff], 'UTF-32'],
  [[0xfe, 0xff], 'UTF-16, big-endian'],
  [[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 'a spreadsheet or another document of Office (xls)'],
  [[0x1f, 0x8b], 'a gzip archive'],
  ['BZh', 'a bzip2 archive'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz archive'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd archive'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7z archive'],
  ['Rar!', 'a rar archive'],
  ['%PDF-', 'a PDF'],
  ['{\\rtf', 'a text document (rtf)'],
  ['SQLite format 3', 'a SQLite database'],
];
const UTF16_MARK = Buffer.from([0xff, 0xfe]);
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const MARKUP = /^(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|table)/i;

/**
 * What a file is whose rows need not be looked at.
 *
 * @param beginning its first bytes, as many as one read gives
 * @returns `undefined` when it may be a CSV file
 */
export function foreignForm(beginning: Buffer): string | undefined {
  const first = beginning.subarray(0, LOOKED_AT_BYTES);
  for (const [signature, form] of SIGNATURES) {
    const bytes = typeof signature === 'string' ? Buffer.from(signature, 'latin1') : Buffer.from(signature);
    // Three letters alone could also be a name.
    if (first.subarray(0, bytes.length).equals(bytes) && !(form.includes('bzip2') && isUtf8(first))) {
      return form;
    }
  }
  if (first.subarray(0, ZIP.length).equals(ZIP)) return zipForm(beginning.toString('latin1'));
  if (MARKUP.test(first.toString('latin1'))) return 'a page or a spreadsheet in HTML or XML';
  if (!first.subarray(0, 2).equals(UTF16_MARK) && hasEverySecondByteZero(first)) {
    return 'UTF-16 without a byte order mark';
  }
  return undefined;
}

function zipForm(text: string): string {
  if (text.includes('xl/') || text.includes('[Content_Types].xml')) return 'a spreadsheet (xlsx)';
  if (text.includes('opendocument.spreadsheet')) return 'a spreadsheet (ods)';
  return 'a zip archive';
}

function hasEverySecondByteZero(bytes: Buffer): boolean {
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros++;
  return zeros > 0 && zeros * 3 >= bytes.length;
}

const SEPARATORS = [
  [';', 'the columns are separated with ; and not with ,'],
  ['\t', 'the columns are separated with tabs and not with ,'],
  ['|', 'the columns are separated with | and not with ,'],
] as const;
const COLUMN_COUNT = 5;
const DOCUMENT = 2;
const BIRTHDATE = 3;
const NUMBER = 4;

/** What columns look like in other forms: which column, the pattern, and what is said. */
const COLUMN_FORMS: readonly (readonly [column: number, pattern: RegExp, form: string])[] = [
  [NUMBER, /^\d+[.,]0*$/, 'the numbers are decimals such as 7574.0'],
  [DOCUMENT, /^\d{1,3}(\.\d{3})+$/, 'the documents have dots'],
  [
    DOCUMENT,
    /^\d+([.,]\d+)?[eE]\+?\d+$|^\d+[.,]0+$/,
    'the documents are decimals, as spreadsheets write them',
  ],
  [BIRTHDATE, /^\d{1,2}([/.-])\d{1,2}\1\d{2,4}$/, 'the dates are of the form DD/MM/YYYY and not YYYY-MM-DD'],
  [BIRTHDATE, /^\d{4}[/.]\d{1,2}[/.]\d{1,2}$/, 'the dates are of the form YYYY/MM/DD and not YYYY-MM-DD'],
  [BIRTHDATE, /^\d{4}-\d{2}-\d{2}[T ]/, 'the dates have a time behind them'],
];
const LATIN_1 = 'the text is Latin-1 or Windows-1252 and not UTF-8';
const LOST_CHARACTERS = 'characters were lost when the file was converted: U+FFFD stands in their place';
const CARRIAGE_RETURNS = 'the lines end with CR alone';
const SPACES = 'there are spaces around the columns';
const HEADER = 'the first line is a header';
const REPLACEMENT_CHARACTER = Buffer.from('\uFFFD').toString('latin1');

/** Looks at the rows that cannot be sent, and says what they have in common. */
export class FormGuess {
  readonly #counts = new Map<string, number>();
  #rows = 0;
  #hasHeader = false;

  /**
   * Takes a row that cannot be sent.
   *
   * @param text the line, a character for each byte (latin1)
   * @param line its number in the file
   */
  add(text: string, line: number): void {
    const forms = formsOf(text);
    if (line === 1 && isHeader(columnsIn(text).columns)) this.#hasHeader = true;
    else this.#rows++;
    for (const form of forms) this.#counts.set(form, (this.#counts.get(form) ?? 0) + 1);
  }

  /** What at least half of the rows show, in words; `undefined` when there is nothing of the kind. */
  describe(): string | undefined {
    const forms = [...this.#counts].filter(([, count]) => count * 2 >= this.#rows).map(([form]) => form);
    if (this.#hasHeader) forms.push(HEADER);
    return forms.length === 0 ? undefined : forms.join('; ');
  }
}

function formsOf(text: string): Set<string> {
  const forms = new Set<string>();
  const { columns, form } = columnsIn(text);
  if (form !== undefined) forms.add(form);
  if (!isUtf8(Buffer.from(text, 'latin1'))) forms.add(LATIN_1);
  else if (text.includes(REPLACEMENT_CHARACTER)) forms.add(LOST_CHARACTERS);
  if (text.includes('\r')) forms.add(CARRIAGE_RETURNS);
  const trimmed = columns.map((column) => column.trim());
  if ([DOCUMENT, BIRTHDATE, NUMBER].some((column) => trimmed[column] !== columns[column])) forms.add(SPACES);
  for (const [column, pattern, words] of COLUMN_FORMS) {
    if (pattern.test(trimmed[column] ?? '')) forms.add(words);
  }
  return forms;
}

/** The columns of a row, and how they are separated if it is not with commas. */
function columnsIn(text: string): { columns: readonly string[]; form?: string } {
  const columns = text.split(',').map(unquoted);
  if (columns.length === COLUMN_COUNT) return { columns };
  for (const [separator, form] of SEPARATORS) {
    const others = text.split(separator);
    if (others.length >= COLUMN_COUNT && others.length > columns.length) {
      return { columns: others.map(unquoted), form };
    }
  }
  return { columns };
}

function unquoted(column: string): string {
  return column.replace(/^"(.*)"$/, '$1');
}

/** A header has words where a bet has digits. */
function isHeader(columns: readonly string[]): boolean {
  const digits = [columns[DOCUMENT], columns[BIRTHDATE], columns[NUMBER]];
  return digits.every((column) => column !== undefined && /^\D*[a-z]\D*$/i.test(column));
}
