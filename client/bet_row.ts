import { BetMessageBuilder } from '../protocol/bet';
import { BET_FIELDS, betEnd } from '../protocol/bet_fields';
import { MAX_DOCUMENT_DIGITS, MAX_NAME_BYTES } from '../protocol/limits';

/** The columns of an agency's file. */
const COLUMNS = ['first_name', 'last_name', 'document', 'birthdate', 'number'] as const;

/** What is wrong with a row. */
export interface RowProblem {
  /** The column, or `row` when there are not five of them. */
  readonly field: (typeof COLUMNS)[number] | 'row';
  /** What is allowed there. */
  readonly rule: string;
}

/** What a decoder puts in the place of bytes that are no UTF-8. */
const REPLACEMENT_CHARACTER = '\uFFFD';
// eslint-disable-next-line no-control-regex
const IMPOSSIBLE_IN_NAMES = /[\u0000-\u001f\u007f,;\uFFFD]/;

/**
 * Appends the bet of a row to a message, if it can be sent.
 *
 * @param columns `first_name,last_name,document,birthdate,number`
 * @returns what is wrong with the row; the message is as it was then
 */
export function appendRow(
  message: BetMessageBuilder,
  agency: number,
  betId: number,
  columns: readonly string[],
): RowProblem | undefined {
  if (columns.length !== COLUMNS.length) {
    return { field: 'row', rule: `${COLUMNS.length} columns, not ${columns.length}` };
  }
  const bet = `${agency},${betId},${columns[0]!},${columns[1]!},${columns[2]!},${columns[3]!},${columns[4]!}`;
  const { bytes, start, end } = message.append(bet);
  // A comma or a semicolon inside a column gives the bet more than its seven fields: the end shows it.
  if (betEnd(bytes, start, end) === end && !bet.includes(REPLACEMENT_CHARACTER)) return undefined;
  message.undo(start);
  return findProblem(columns);
}

function findProblem(columns: readonly string[]): RowProblem {
  const index = COLUMNS.findIndex((name, column) => !isValid(name, columns[column] ?? ''));
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
