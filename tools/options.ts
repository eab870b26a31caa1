/** Command lines of options only: `--name value` or `--name=value`. */
import { parseArgs, ParseArgsConfig } from 'node:util';

import { ConfigurationError, oneLine } from '../program/exit';

/**
 * Parses a command line.
 *
 * @param words the command line after the program's name
 * @param known the options, as `parseArgs` takes them
 * @param hint the end of the error message: the usage, or how to get it
 * @throws ConfigurationError for an unknown option, a missing value or a value too many
 */
export function readOptions<const Known extends NonNullable<ParseArgsConfig['options']>>(
  words: readonly string[],
  known: Known,
  hint: string,
) {
  try {
    return parseArgs({ args: [...words], options: known, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The later sentences are advice that does not fit these options.
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${hint}`);
  }
}

/**
 * The value of an option that takes a whole number.
 *
 * @param text the value as it was given; `undefined` when the option was omitted
 * @param hint the end of the error message, if there is one
 * @returns `undefined` when the option was omitted
 * @throws ConfigurationError for anything but a whole number from `minimum` to `maximum`
 */
export function wholeNumber(
  option: string,
  text: string | undefined,
  range: WholeNumberRange,
): number | undefined {
  return wholeNumberOf(`--${option}`, text, range);
}

/** What is allowed, and the end of the error message, if there is one. */
export interface WholeNumberRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly hint?: string;
}

/** The same of an argument that is no option. @param name what it is called in the usage */
export function wholeNumberOf(
  name: string,
  text: string | undefined,
  { minimum, maximum, hint }: WholeNumberRange,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= minimum && value <= maximum) return value;
  throw new ConfigurationError(
    `${name}: ${JSON.stringify(text)} is wrong; allowed is a whole number from ${minimum} to ${maximum}` +
      (hint === undefined ? '' : `; ${hint}`),
  );
}

/**
 * Parses a command line that takes at most one argument: a number of agencies.
 *
 * @param words the command line after the program's name
 * @param command how the program is run, for the error message
 * @returns the number, or `help` when help was asked for
 * @throws ConfigurationError for anything but one number that is allowed
 */
export function readAgencies(
  words: readonly string[],
  command: string,
  { agencies: byDefault, maximum }: { readonly agencies: number; readonly maximum: number },
): number | 'help' {
  const [word, ...more] = words;
  if (word === undefined) return byDefault;
  if (word === '--help' || word === '-h') return 'help';
  const agencies = /^[0-9]{1,15}$/.test(word) ? Number(word) : 0;
  if (more.length === 0 && agencies >= 1 && agencies <= maximum) return agencies;
  const given = JSON.stringify(words.join(' '));
  throw new ConfigurationError(
    `${given} is wrong; usage: ${command} [-- N], N being the number of agencies, 1 to ${maximum}`,
  );
}
