/** Reads the numbers and names in a path, and checks the values of a query. */
import { MAX_BATCH_ID } from '../../../../protocol/limits';
import { isNoteName, LOTTERY_OWNER, NOTE_NAME_RULE } from '../../../ledger/note';
import { Refusal } from '../refusals/problem';
import { MAX_DIGITS } from './schemas';

const NUMBER = new RegExp(`^[1-9][0-9]{0,${MAX_DIGITS - 1}}$`);
/** More than in a path: a query may name any number that JSON has exactly. */
const MAX_QUERY_DIGITS = 16;
const DIGITS = new RegExp(`^[0-9]{1,${MAX_QUERY_DIGITS}}$`);

/** The numbers in the path of a batch, or of an agency: then `batch` is 0. */
export interface PathNumbers {
  readonly agency: number;
  readonly batch: number;
}

/**
 * Reads the numbers in a path.
 *
 * @param parameters the path's parameters, as the router has them
 * @throws Refusal `not-found` for a number with a sign or leading zeros, for anything else that is no number, and for
 *   one that is too large for a batch id
 */
export function pathNumbers(parameters: unknown): PathNumbers {
  const agency = numberNamed(parameters, 'agency');
  const batch = numberNamed(parameters, 'batch') ?? 0;
  if (agency === undefined) throw new RangeError('a path without an agency');
  if (batch > MAX_BATCH_ID) throw new Refusal('not-found', `a batch id is 1 to ${MAX_BATCH_ID}`);
  return { agency, batch };
}

/** The note in a path; for all of an owner's notes `name` is empty. */
export interface PathNote {
  /** The agency's number, or `LOTTERY_OWNER` in a path without one. */
  readonly owner: number;
  readonly name: string;
}

/**
 * Reads a note in a path.
 *
 * @param parameters as for {@link pathNumbers}
 * @throws Refusal `not-found` for what can be no agency's number, or no note's name
 */
export function pathNote(parameters: unknown): PathNote {
  const owner = numberNamed(parameters, 'agency') ?? LOTTERY_OWNER;
  const name = parameterNamed(parameters, 'name');
  if (name === undefined) return { owner, name: '' };
  if (typeof name === 'string' && isNoteName(name)) return { owner, name };
  throw new Refusal('not-found', `the name of a note is ${NOTE_NAME_RULE}`);
}

/**
 * Checks that no value of a query is there twice, and that each is a decimal number.
 *
 * @param texts the names of values that are texts: what these may be, the schema says
 * @throws Refusal `bad-request`
 */
export function requireDigits(query: unknown, texts: readonly string[] = []): void {
  if (typeof query !== 'object' || query === null) return;
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string' && (texts.includes(name) || DIGITS.test(value))) continue;
    throw new Refusal(
      'bad-request',
      texts.includes(name)
        ? 'each value of the query is there once'
        : `each number of the query is one whole number of 1 to ${MAX_QUERY_DIGITS} digits`,
    );
  }
}

function numberNamed(parameters: unknown, name: string): number | undefined {
  const value = parameterNamed(parameters, name);
  if (value === undefined) return undefined;
  // A string before the schema's validation, a number after it.
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  throw new Refusal('not-found', `the ${name} is no whole number from 1 on`);
}

function parameterNamed(parameters: unknown, name: string): unknown {
  if (typeof parameters !== 'object' || parameters === null) return undefined;
  return Reflect.get(parameters, name);
}
