import { COMMA, ZERO } from '../protocol/ascii';
import { BetMessageBuilder } from '../protocol/bet';
import { BET_FIELDS, betEnd } from '../protocol/bet_fields';
import { MAX_DOCUMENT_DIGITS, MAX_NAME_BYTES } from '../protocol/limits';
import { isSoundText } from './file_text';

/** The columns of an agency's file. */
const COLUMNS = ['first_name', 'last_name', 'document', 'birthdate', 'number'] as const;

/** What is wrong with a row. */
export interface RowProblem {
  /** The column, or `row` when there are not five of them. */
  readonly field: (typeof COLUMNS)[number] | 'row';
  /** What is allowed there. */
  readonly rule: string;
}

/** Two numbers of 16 digits at most, and the commas. */
const MOST_BYTES_BESIDE_COLUMNS = 64;
// eslint-disable-next-line no-control-regex
const IMPOSSIBLE_IN_NAMES = /[\u0000-\u001f\u007f,;\uFFFD]/;

/**
 * Appends the bet of a row to a message, if it can be sent.
 *
 * @param columns `first_name,last_name,document,birthdate,number`, a character for each byte (latin1)
 * @param isSound whether they are known to be sound text
 * @returns what is wrong with the row; the message is as it was then
 */
export function appendRow(
  message: BetMessageBuilder,
  agency: number,
  betId: number,
  columns: readonly string[],
  isSound: boolean,
): RowProblem | undefined {
  if (columns.length !== COLUMNS.length) {
    return { field: 'row', rule: `${COLUMNS.length} columns, not ${columns.length}` };
  }
  const start = message.begin(lengthOf(columns) + MOST_BYTES_BESIDE_COLUMNS);
  const { bytes } = message;
  let end = writeNumber(bytes, start, agency);
  bytes[end++] = COMMA;
  end = writeNumber(bytes, end, betId);
  // By index: this is the loop that every byte of the file passes.
  for (let index = 0; index < COLUMNS.length; index++) {
    const column = columns[index]!;
    bytes[end++] = COMMA;
    for (let at = 0; at < column.length; at++) bytes[end++] = column.charCodeAt(at);
  }
  // A comma or a semicolon inside a column gives the bet more than its seven fields: the end shows it.
  if (betEnd(bytes, start, end) !== end) return findProblem(columns);
  if (!isSound && !isSoundText(bytes.subarray(start, end))) return findProblem(columns);
  message.commit(end);
  return undefined;
}

function lengthOf(columns: readonly string[]): number {
  let length = 0;
  for (let index = 0; index < columns.length; index++) length += columns[index]!.length;
  return length;
}

/** Writes a whole number in decimal digits; returns the offset after it. */
function writeNumber(bytes: Buffer, start: number, value: number): number {
  let end = start + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let offset = end - 1; offset >= start; offset--) {
    const quotient = Math.floor(rest / 10);
    bytes[offset] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  return end;
}

function findProblem(columns: readonly string[]): RowProblem {
  const texts = columns.map((column) => Buffer.from(column, 'latin1').toString('utf8'));
  const index = COLUMNS.findIndex((name, column) => !isValid(name, texts[column] ?? ''));
  const field = COLUMNS[index] ?? 'row';
  return { field, rule: BET_FIELDS.find(({ name }) => name === field)?.rule ?? 'seven fields' };
}

function isValid(column: (typeof COLUMNS)[number], text: string): boolean {
  switch (column) {
    case 'first_name':
    case 'last_name':
      return text !== '' && Buffer.byteLength(text) <= MAX_NAME_BYTES && !IMPOSSIBLE_IN_NAMES.test(text);
    case 'document':
      return text.length <= MAX_DOCUMENT_DIGITS && /^[0-9]+$/.test(text);
    case 'birthdate':
    case 'number':
      return isValidInABet(column, text);
  }
}

/** The protocol's own check, with nothing else in the bet that could be wrong. */
function isValidInABet(column: 'birthdate' | 'number', text: string): boolean {
  const birthdate = column === 'birthdate' ? text : '2000-01-01';
  const number = column === 'number' ? text : '0';
  const bet = Buffer.from(`1,1,a,a,1,${birthdate},${number}`);
  return betEnd(bet, 0, bet.length) === bet.length;
}
