/** The command line of the token generator. */
import { readAgencies } from '../options';

const DEFAULT_AGENCIES = 5;
const MAX_AGENCIES = 1_000_000;

/** What `--help` prints. */
export const USAGE = `Prints a file of new random tokens for HTTP_TOKENS_FILE: the operator's, which is good for all agencies,
and one for each of N agencies.

usage: npm run --silent tokens [-- N] > tokens.ini

  N        how many agencies, 1 to ${MAX_AGENCIES} (default ${DEFAULT_AGENCIES})
  --help   prints this
`;

/**
 * Reads the command line.
 *
 * @param words the command line after the program's name
 * @returns the number of agencies, or `help` when help was asked for
 * @throws ConfigurationError for anything but one allowed number
 */
export function readArguments(words: readonly string[]): number | 'help' {
  return readAgencies(words, 'npm run tokens', { agencies: DEFAULT_AGENCIES, maximum: MAX_AGENCIES });
}
