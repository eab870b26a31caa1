/** Command lines that have options and nothing else: `--name value` or `--name=value`. */
import { parseArgs, ParseArgsConfig } from 'node:util';

import { ConfigurationError, oneLine } from '../program/exit';

/**
 * Takes a command line apart.
 *
 * @param words what stands behind the program's name
 * @param known the options, as `parseArgs` wants them described
 * @param hint the end of what is said of a mistake: the usage, or how to get it
 * @throws ConfigurationError for a word that is not known, or a value that is missing or too much
 */
export function readOptions<const Known extends NonNullable<ParseArgsConfig['options']>>(
  words: readonly string[],
  known: Known,
  hint: string,
) {
  try {
    return parseArgs({ args: [...words], options: known, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Behind the first sentence comes advice that does not fit these options.
    const [firstSentence] = oneLine(error).split('. ');
    throw new ConfigurationError(`${firstSentence}; ${hint}`);
  }
}

/**
 * The value of an option that takes a whole number.
 *
 * @param text what was given; `undefined` when the option was left out
 * @param hint the end of what is said of a mistake; nothing when left out
 * @returns `undefined` when the option was left out
 * @throws ConfigurationError for anything but a whole number from `minimum` to `maximum`
 */
export function wholeNumber(
  option: string,
  text: string | undefined,
  { minimum, maximum, hint }: { readonly minimum: number; readonly maximum: number; readonly hint?: string },
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1;
  if (value >= minimum && value <= maximum) return value;
  throw new ConfigurationError(
    `--${option}: ${JSON.stringify(text)} is wrong; allowed is a whole number from ${minimum} to ${maximum}` +
      (hint === undefined ? '' : `; ${hint}`),
  );
}

/**
 * Reads a command line that takes one thing at most: a number of agencies.
 *
 * @param words what stands behind the program's name
 * @param command how the program is called, for what is said of a mistake
 * @returns the number, or `help` when the usage is asked for
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
