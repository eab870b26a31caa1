/** Reads the numbers in a path, and checks those in a query. */
import { MAX_BATCH_ID } from '../../../../protocol/limits';
import { Refusal } from '../refusals/problem';
import { MAX_DIGITS } from './schemas';

const NUMBER = new RegExp(`^[1-9][0-9]{0,${MAX_DIGITS - 1}}$`);
const DIGITS = new RegExp(`^[0-9]{1,${MAX_DIGITS}}$`);

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

/** Checks that every value of a query is a decimal number. @throws Refusal `bad-request` */
export function requireDigits(query: unknown): void {
  if (typeof query !== 'object' || query === null) return;
  for (const value of Object.values(query)) {
    if (typeof value === 'string' && DIGITS.test(value)) continue;
    throw new Refusal(
      'bad-request',
      `each value of the query is one whole number of 1 to ${MAX_DIGITS} digits`,
    );
  }
}

function numberNamed(parameters: unknown, name: string): number | undefined {
  if (typeof parameters !== 'object' || parameters === null) return undefined;
  const value = new Map<string, unknown>(Object.entries(parameters)).get(name);
  if (value === undefined) return undefined;
  // A string before the schema's validation, a number after it.
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  throw new Refusal('not-found', `the ${name} is no whole number from 1 on`);
}
